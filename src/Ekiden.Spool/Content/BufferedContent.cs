using System.Buffers;

namespace Ekiden.Spool.Content;

/// <summary>A committed content in memory: one holder's reference to bytes that the cache may hold too.</summary>
internal sealed class BufferedContent(ContentBuffer buffer) : MessageContent
{
    private ContentBuffer? _buffer = buffer;

    /// <inheritdoc/>
    public override long Length => Buffer.Length;

    private ContentBuffer Buffer => _buffer ?? throw new ObjectDisposedException(nameof(BufferedContent));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel) =>
        throw new InvalidOperationException("The content was committed.");

    /// <inheritdoc/>
    public override void SetPrefix(ReadOnlyMemory<byte> headerFields) =>
        throw new InvalidOperationException("The content was committed.");

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Head(int length) => Buffer.Head(length);

    /// <inheritdoc/>
    public override bool TryGetBuffered(out ReadOnlySequence<byte> content)
    {
        content = Buffer.Sequence;
        return true;
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await ValueTask.CompletedTask;
        foreach (var piece in Buffer.Sequence) yield return piece;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Interlocked.Exchange(ref _buffer, null)?.Release();
    }
}
