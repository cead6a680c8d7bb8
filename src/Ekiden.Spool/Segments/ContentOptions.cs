namespace Ekiden.Spool.Segments;

/// <summary>How content is stored.</summary>
/// <param name="Directory">The directory of its files; made when missing.</param>
internal sealed record ContentOptions(string Directory)
{
    /// <summary>No further content begins in a file that is this large.</summary>
    public long SegmentSize { get; init; } = 64 << 20;

    /// <summary>
    /// Threads that write and flush content. They wait for the disk so that threads of the pool, which carry the
    /// conversations, need not.
    /// </summary>
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
