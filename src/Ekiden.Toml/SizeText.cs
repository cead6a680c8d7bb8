using System.Globalization;

namespace Ekiden.Toml;

/// <summary>Sizes as people write them: a whole number, and a unit of 1,000 (KB) or 1,024 (KiB).</summary>
public static class SizeText
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("", 1), ("B", 1), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30),
    ];

    /// <summary>Reads a size over 0; the unit ignores case and may stand after a space.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var unit = text[digits..].TrimStart();
        var factor = Array.Find(Units, entry => entry.Unit.Equals(unit, StringComparison.OrdinalIgnoreCase)).Bytes;
        if (!long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return false;
        if (count == 0 || factor == 0 || count > long.MaxValue / factor) return false;
        bytes = count * factor;
        return true;
    }
}
