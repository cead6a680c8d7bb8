using Ekiden.Spool.Disk;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Segments;

/// <summary>
/// Content too large for a frame, written and flushed apart from the log, so that one 25 MB mail never delays a password
/// reset. Knows nothing of messages.
/// </summary>
/// <remarks>
/// A file belongs to one writer at a time; the next writer goes on behind it until the file is full. Files of an earlier
/// run are never written again. Content is stored in blocks of 64 KiB, each with its own CRC-32C.
/// </remarks>
internal sealed class ContentSegments : IDisposable
{
    private ContentSegments()
    {
    }

    /// <summary>Lists the content files of a directory, made when missing.</summary>
    public static ContentSegments Open(ContentOptions options, IDisk disk, ILogger logger) =>
        throw new NotSupportedException();

    /// <summary>The files, oldest first.</summary>
    public IReadOnlyList<ContentSegmentInfo> Segments => throw new NotSupportedException();

    /// <summary>Begins a content. The caller disposes the writer after its commit, or without one: then it is dead space.</summary>
    /// <exception cref="SpoolFullException">No room.</exception>
    public ContentWriter NewWriter() => throw new NotSupportedException();

    /// <summary>Reads a part of a content, each block checked before any byte of it is given out.</summary>
    /// <returns>Bytes read: all of the destination, fewer at the end of the content.</returns>
    /// <exception cref="FrameDamagedException">A block is not as it was written, or the file is gone.</exception>
    public ValueTask<int> ReadAsync(ContentLocation at, long offset, Memory<byte> destination, CancellationToken cancel) =>
        throw new NotSupportedException();

    /// <summary>Deletes a file; false while a writer that is not disposed has content in it.</summary>
    public bool Delete(long segment) => throw new NotSupportedException();

    /// <summary>Closes all files.</summary>
    public void Dispose() => throw new NotSupportedException();
}

/// <summary>How content is stored.</summary>
/// <param name="Directory">The directory of its files.</param>
internal sealed record ContentOptions(string Directory)
{
    /// <summary>No further content begins in a file that is this large.</summary>
    public long SegmentSize { get; init; } = 64 << 20;

    /// <summary>Threads that write and flush content.</summary>
    public int Threads { get; init; } = 4;

    /// <summary>When new content is refused.</summary>
    public SpaceLimits Space { get; init; } = new();
}

/// <summary>A content file.</summary>
/// <param name="Id">Strictly growing, never used twice.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="IsInUse">A writer that is not disposed has content in it: it must stay.</param>
internal readonly record struct ContentSegmentInfo(long Id, long Length, bool IsInUse);

/// <summary>Where a content is: goes into the record that commits it.</summary>
/// <param name="Segment">The id of the file.</param>
/// <param name="Offset">Where its first block begins.</param>
/// <param name="Length">Bytes of content.</param>
/// <param name="Checksum">CRC-32C of all its bytes.</param>
internal readonly record struct ContentLocation(long Segment, long Offset, long Length, uint Checksum);

/// <summary>Writes one content. Used by one caller at a time.</summary>
internal sealed class ContentWriter : IDisposable
{
    internal ContentWriter()
    {
    }

    /// <summary>Bytes so far.</summary>
    public long Length => throw new NotSupportedException();

    /// <summary>Appends bytes; completes at once unless a block is full and the disk is behind.</summary>
    /// <exception cref="SpoolFullException">The disk has no room for more.</exception>
    /// <exception cref="JournalFailedException">The disk failed.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel) => throw new NotSupportedException();

    /// <summary>Ends the content and makes it durable: file, and directory when the file is new.</summary>
    /// <exception cref="SpoolFullException">The disk has no room.</exception>
    /// <exception cref="JournalFailedException">The disk failed.</exception>
    public ValueTask<ContentLocation> CompleteAsync(CancellationToken cancel) => throw new NotSupportedException();

    /// <summary>Lets the file go on: after the commit of a record that holds the location, or without one.</summary>
    public void Dispose() => throw new NotSupportedException();
}
