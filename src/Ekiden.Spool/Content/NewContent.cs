using System.Buffers;
using System.Runtime.CompilerServices;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Content;

/// <summary>
/// The content of a message to come: in pooled memory up to 256 KiB, beyond that (or when the budget is used up) in a
/// content segment, written and flushed by whoever fills it.
/// </summary>
/// <remarks>
/// Body and prefix stay apart on the way to disk: the prefix is known last and small, so it goes into the record, and
/// the body is where it is already.
/// </remarks>
internal sealed class NewContent : MessageContent
{
    /// <summary>Content up to this is kept in memory and goes into the frame.</summary>
    public const int LargestInline = 256 << 10;

    // Kept in memory even when the budget is used up, so that the header block can be read.
    private const int SmallestHead = 64 << 10;

    private readonly ContentMemory _memory;
    private readonly ContentSegments _segments;
    private readonly ContentBuffer _buffer;
    private readonly long _expected;
    private ReadOnlyMemory<byte> _prefix;
    private ContentWriter? _writer;
    private ContentLocation? _body;
    private long _length;
    private bool _isGiven;
    private bool _isDisposed;

    public NewContent(ContentMemory memory, ContentSegments segments, long expected)
    {
        _memory = memory;
        _segments = segments;
        _expected = expected;
        _buffer = new ContentBuffer(memory);
    }

    /// <inheritdoc/>
    public override long Length => _prefix.Length + _length;

    /// <summary>Where the body is on disk, once it is durable there; null when all is in memory.</summary>
    public ContentLocation? Body => _body;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        if (_writer is not null || MustMove(bytes.Length)) return WriteToDiskAsync(bytes, cancel);
        _buffer.Append(bytes.Span, Math.Min(_expected, LargestInline));
        _length += bytes.Length;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void SetPrefix(ReadOnlyMemory<byte> headerFields)
    {
        _prefix = headerFields;
        _buffer.SetPrefix(headerFields);
    }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Head(int length) => _buffer.Head(length);

    /// <inheritdoc/>
    public override bool TryGetBuffered(out ReadOnlySequence<byte> content)
    {
        content = _writer is null ? _buffer.Sequence : default;
        return _writer is null;
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancel)
    {
        if (_writer is null)
        {
            foreach (var piece in _buffer.Sequence) yield return piece;
            yield break;
        }
        if (!_prefix.IsEmpty) yield return _prefix;
        var body = await CompleteAsync(cancel);
        await foreach (var piece in BodyReader.ReadAsync(_segments, body, cancel)) yield return piece;
    }

    /// <summary>Nothing of it is on disk yet.</summary>
    public bool IsInMemory => _writer is null;

    /// <summary>What the record says of the content; a body on disk is durable already.</summary>
    public ContentToWrite Sealed => _writer is null
        ? new ContentToWrite(_buffer.Sequence, null)
        : new ContentToWrite(
            new ReadOnlySequence<byte>(_prefix),
            _body ?? throw new InvalidOperationException("The body is not durable."));

    /// <summary>Makes a body on disk durable, before the record that refers to it is written.</summary>
    /// <exception cref="SpoolFullException">The disk has no room.</exception>
    public async ValueTask SealAsync(CancellationToken cancel)
    {
        if (_writer is not null) await CompleteAsync(cancel);
    }

    /// <summary>
    /// After the commit: the content belongs to the journal, and disposing this does nothing any more. Returns the
    /// bytes in memory with the reference that was the caller's; null when the content is on disk.
    /// </summary>
    public ContentBuffer? Give()
    {
        _isGiven = true;
        if (_writer is null) return _buffer;
        _buffer.Release();
        return null;
    }

    /// <summary>After the index knows of the body: from now on the index keeps its segment.</summary>
    public void Settle() => _writer?.Dispose();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing || _isGiven || _isDisposed) return;
        _isDisposed = true;
        _writer?.Dispose();
        _buffer.Release();
    }

    private bool MustMove(int more) =>
        _length + more > LargestInline || (_memory.IsShort && _length + more > SmallestHead);

    private async ValueTask WriteToDiskAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        if (_writer is null)
        {
            var whole = _length + bytes.Length;
            bytes = bytes[KeepHead(bytes)..];
            _writer = _segments.NewWriter(Math.Max(_expected, whole));
            _buffer.SetPrefix(default);
            foreach (var piece in _buffer.Sequence) await _writer.WriteAsync(piece, cancel);
            _buffer.SetPrefix(_prefix);
        }
        await _writer.WriteAsync(bytes, cancel);
        _length += bytes.Length;
    }

    // However large the first pieces are, the header block stays readable in memory. Returns how many bytes were kept.
    private int KeepHead(ReadOnlyMemory<byte> bytes)
    {
        var room = (_memory.IsShort ? SmallestHead : LargestInline) - _length;
        var kept = (int)Math.Clamp(room, 0, bytes.Length);
        _buffer.Append(bytes.Span[..kept], LargestInline);
        _length += kept;
        return kept;
    }

    private async ValueTask<ContentLocation> CompleteAsync(CancellationToken cancel)
    {
        if (_body is { } known) return known;
        if (_writer is not { } writer) throw new InvalidOperationException("The content is in memory.");
        var body = await writer.CompleteAsync(cancel);
        _body = body;
        return body;
    }
}
