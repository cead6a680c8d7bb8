namespace Ekiden.Spool.Segments;

/// <summary>How a <see cref="SegmentLog"/> uses its disk.</summary>
/// <param name="Directory">The directory of the log; made when missing. Quarantined bytes go to <c>quarantine</c> in
/// it.</param>
internal sealed record SegmentLogOptions(string Directory)
{
    /// <summary>Bytes of a segment file; a new segment begins when the next frame would not fit.</summary>
    public int SegmentSize { get; init; } = 64 << 20;

    /// <summary>
    /// Deleted segments kept for reuse: writing into space that was written before makes a flush cheaper.
    /// </summary>
    public int Spares { get; init; } = 4;

    /// <summary>
    /// Fills new segments with zeros ahead of their use, so that no flush has to commit a growing file.
    /// </summary>
    public bool FillAhead { get; init; } = true;

    /// <summary>Bytes of frames that may wait for the writer; producers wait beyond it.</summary>
    public long WaitingBytes { get; init; } = 64 << 20;

    /// <summary>A frame appended with <see cref="Durability.Soon"/> is flushed at most this much later.</summary>
    public TimeSpan SoonBound { get; init; } = TimeSpan.FromMilliseconds(15);

    /// <summary>
    /// The segment says at most this much later that a frame was flushed, so that damage to it is not taken for a
    /// torn tail.
    /// </summary>
    public TimeSpan MarkBound { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Bytes of the emergency reserve: room for results of accepted mail when the disk is full. 0:
    /// none.</summary>
    public int ReserveSize { get; init; } = 64 << 20;

    /// <summary>When new mail is refused.</summary>
    public SpaceLimits Space { get; init; } = new();
}

/// <summary>New mail is refused below these limits (reliability M-R3).</summary>
internal sealed record SpaceLimits
{
    /// <summary>Free bytes that must remain, whatever the size of the disk.</summary>
    public long FloorBytes { get; init; } = 1L << 30;

    /// <summary>The part of the file system that must remain free.</summary>
    public double FloorPart { get; init; } = 0.05;

    /// <summary>Free inodes that must remain, where the file system counts them.</summary>
    public long FloorInodes { get; init; } = 1000;
}
