using System.Buffers;
using System.Runtime.CompilerServices;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Content;

/// <summary>A committed content whose body is in a content segment; what was put in front of it is in memory.</summary>
internal sealed class DiskContent : MessageContent
{
    // Enough to read the header block of almost every message.
    private const int HeadLength = 64 << 10;

    private readonly ContentSegments _segments;
    private readonly ContentLocation _body;
    private readonly ContentBuffer _head;
    private readonly int _prefixLength;
    private bool _isDisposed;

    private DiskContent(ContentSegments segments, ContentLocation body, ContentBuffer head, int prefixLength)
    {
        _segments = segments;
        _body = body;
        _head = head;
        _prefixLength = prefixLength;
    }

    /// <inheritdoc/>
    public override long Length => _prefixLength + _body.Length;

    /// <summary>Opens a content and reads its beginning.</summary>
    /// <exception cref="FrameDamagedException">The beginning is not as it was written.</exception>
    public static DiskContent Open(
        ContentSegments segments, ContentLocation body, ReadOnlyMemory<byte> prefix, ContentMemory memory)
    {
        var head = new ContentBuffer(memory);
        try
        {
            head.Append(prefix.Span, HeadLength + prefix.Length);
            var beginning = new byte[(int)Math.Min(HeadLength, body.Length)];
            var read = segments.Read(body, 0, beginning);
            head.Append(beginning.AsSpan(0, read), HeadLength + prefix.Length);
            return new DiskContent(segments, body, head, prefix.Length);
        }
        catch
        {
            head.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel) =>
        throw new InvalidOperationException("The content was committed.");

    /// <inheritdoc/>
    public override void SetPrefix(ReadOnlyMemory<byte> headerFields) =>
        throw new InvalidOperationException("The content was committed.");

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Head(int length) => _head.Head(length);

    /// <inheritdoc/>
    public override bool TryGetBuffered(out ReadOnlySequence<byte> content)
    {
        content = default;
        return false;
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancel)
    {
        if (_prefixLength > 0) yield return _head.Head(_prefixLength);
        await foreach (var piece in BodyReader.ReadAsync(_segments, _body, cancel)) yield return piece;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing || _isDisposed) return;
        _isDisposed = true;
        _head.Release();
    }
}
