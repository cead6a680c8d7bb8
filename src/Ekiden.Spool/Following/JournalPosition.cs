namespace Ekiden.Spool.Following;

/// <summary>A place in the journal, between two commits: what a reader remembers. Ordered as the journal is.</summary>
/// <param name="Segment">The id of the segment; 0 is the beginning of any journal.</param>
/// <param name="Offset">Bytes from the beginning of the segment.</param>
public readonly record struct JournalPosition(long Segment, int Offset) : IComparable<JournalPosition>
{
    /// <inheritdoc/>
    public int CompareTo(JournalPosition other) =>
        Segment != other.Segment ? Segment.CompareTo(other.Segment) : Offset.CompareTo(other.Offset);

    /// <summary>Earlier in the journal.</summary>
    public static bool operator <(JournalPosition left, JournalPosition right) => left.CompareTo(right) < 0;

    /// <summary>Later in the journal.</summary>
    public static bool operator >(JournalPosition left, JournalPosition right) => left.CompareTo(right) > 0;

    /// <summary>Not later.</summary>
    public static bool operator <=(JournalPosition left, JournalPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Not earlier.</summary>
    public static bool operator >=(JournalPosition left, JournalPosition right) => left.CompareTo(right) >= 0;
}
