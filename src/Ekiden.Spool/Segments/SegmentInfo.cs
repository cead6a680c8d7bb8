namespace Ekiden.Spool.Segments;

/// <summary>A segment of the log.</summary>
/// <param name="Id">Strictly growing, never used twice.</param>
/// <param name="Length">Bytes used by frames so far, the segment's header included.</param>
/// <param name="IsSealed">No frame will be added.</param>
internal readonly record struct SegmentInfo(long Id, int Length, bool IsSealed);
