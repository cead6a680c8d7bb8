using System.Globalization;
using Ekiden.Spool.Following;

namespace Ekiden.Events.Storage;

/// <summary>How far the log reaches: committed together with the events, so that none is there twice.</summary>
/// <param name="Journal">Which journal: another one begins anew.</param>
/// <param name="Position">What was read of it.</param>
/// <param name="Base">What its sequences are counted from: behind those of the journals before it.</param>
internal readonly record struct LogMark(UInt128 Journal, JournalPosition Position, long Base)
{
    public static LogMark? Parse(string text)
    {
        var parts = text.Split(' ');
        var invariant = CultureInfo.InvariantCulture;
        if (parts.Length != 4 || !UInt128.TryParse(parts[0], NumberStyles.AllowHexSpecifier, invariant, out var journal)
            || !long.TryParse(parts[1], NumberStyles.None, invariant, out var segment)
            || !int.TryParse(parts[2], NumberStyles.None, invariant, out var offset)
            || !long.TryParse(parts[3], NumberStyles.None, invariant, out var start))
        {
            return null;
        }
        return new LogMark(journal, new JournalPosition(segment, offset), start);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Journal:x} {Position.Segment} {Position.Offset} {Base}");
}
