using System.Buffers;

namespace Ekiden.Spool;

/// <summary>
/// The bytes of one message: CRLF line ends, not dot-stuffed. In pooled memory up to 256 KiB (and inside the
/// process-wide budget), else in a content segment of the spool.
/// </summary>
public abstract class MessageContent : IDisposable
{
    /// <summary>Bytes so far, the prefix included.</summary>
    public abstract long Length { get; }

    /// <summary>Appends bytes to the body; completes at once unless content moves to disk.</summary>
    /// <exception cref="SpoolFullException">The disk has no room for more.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel);

    /// <summary>
    /// Puts header fields in front of what was written, once, before the commit: trace fields are known only when the
    /// body has been read.
    /// </summary>
    public abstract void SetPrefix(ReadOnlyMemory<byte> headerFields);

    /// <summary>
    /// The first bytes, at most <paramref name="length"/>, contiguous: enough to read the header block.
    /// </summary>
    public abstract ReadOnlyMemory<byte> Head(int length);

    /// <summary>
    /// The whole content, when it is in memory; false when it must be read by <see cref="ReadAsync"/>.
    /// </summary>
    public abstract bool TryGetBuffered(out ReadOnlySequence<byte> content);

    /// <summary>The content piece by piece, from memory or disk, checked.</summary>
    public abstract IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancel);

    /// <summary>Gives memory back; content not committed is discarded.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected abstract void Dispose(bool disposing);
}
