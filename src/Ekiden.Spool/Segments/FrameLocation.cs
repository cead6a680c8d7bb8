namespace Ekiden.Spool.Segments;

/// <summary>Where a frame is: enough to read it back.</summary>
/// <param name="Segment">The id of its segment, at least 1.</param>
/// <param name="Offset">Where its header begins in the segment; a multiple of 8.</param>
/// <param name="Length">Bytes of its payload.</param>
internal readonly record struct FrameLocation(long Segment, int Offset, int Length)
{
    /// <summary>Bytes it takes in the segment: header, payload, padding to a multiple of 8.</summary>
    public int Size => FrameHeader.Size + FrameHeader.Align(Length);

    /// <summary>The place right behind it.</summary>
    public LogPosition End => new(Segment, Offset + Size);
}

/// <summary>A place in the log, between two frames. Ordered as the log is.</summary>
/// <param name="Segment">The id of the segment; 0 with offset 0 is the beginning of any log.</param>
/// <param name="Offset">Bytes from the beginning of the segment.</param>
internal readonly record struct LogPosition(long Segment, int Offset) : IComparable<LogPosition>
{
    /// <summary>The beginning of any log.</summary>
    public static LogPosition Start => default;

    /// <inheritdoc/>
    public int CompareTo(LogPosition other) =>
        Segment != other.Segment ? Segment.CompareTo(other.Segment) : Offset.CompareTo(other.Offset);

    /// <summary>Earlier in the log.</summary>
    public static bool operator <(LogPosition left, LogPosition right) => left.CompareTo(right) < 0;

    /// <summary>Later in the log.</summary>
    public static bool operator >(LogPosition left, LogPosition right) => left.CompareTo(right) > 0;

    /// <summary>Not later.</summary>
    public static bool operator <=(LogPosition left, LogPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Not earlier.</summary>
    public static bool operator >=(LogPosition left, LogPosition right) => left.CompareTo(right) >= 0;
}
