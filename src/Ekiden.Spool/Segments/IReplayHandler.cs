namespace Ekiden.Spool.Segments;

/// <summary>Takes what a replay finds, in the order of the log, on the thread that replays.</summary>
internal interface IReplayHandler
{
    /// <summary>A whole frame. The payload is only valid during the call.</summary>
    void Replayed(FrameLocation at, ReadOnlySpan<byte> payload);

    /// <summary>
    /// Bytes that had been durable and are not valid any more. They were copied into the quarantine; the replay goes on
    /// behind them.
    /// </summary>
    /// <param name="range">Where, and why.</param>
    /// <param name="bytes">
    /// The bytes as they are now, at most 1 MiB of them; from the beginning of the payload when
    /// <see cref="DamagedRange.Cause"/> is <see cref="DamageCause.Payload"/>, so that an id in it can be told.
    /// </param>
    void Damaged(DamagedRange range, ReadOnlySpan<byte> bytes);
}

/// <summary>A part of a segment that was durable once and cannot be read as frames any more.</summary>
/// <param name="Segment">The id of the segment.</param>
/// <param name="Offset">Where the damage begins.</param>
/// <param name="Length">Bytes up to the next valid frame, or to the end of the segment.</param>
/// <param name="Cause">What is wrong.</param>
/// <param name="FramesLost">Frames that were there, by the sequence numbers around it; null when that cannot be
/// told.</param>
internal sealed record DamagedRange(long Segment, int Offset, int Length, DamageCause Cause, long? FramesLost);

/// <summary>What is wrong with a damaged range.</summary>
internal enum DamageCause : byte
{
    /// <summary>No frame begins where one must begin.</summary>
    Header,

    /// <summary>The header of the frame is good, the checksum of its payload is not.</summary>
    Payload,

    /// <summary>The segment is shorter than it was when it was sealed.</summary>
    Missing,

    /// <summary>The header of the segment file is wrong; its frames are read nevertheless.</summary>
    SegmentHeader,
}
