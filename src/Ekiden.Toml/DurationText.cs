using System.Globalization;

namespace Ekiden.Toml;

/// <summary>Durations as people write them: one whole number and its unit.</summary>
public static class DurationText
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)), ("d", TimeSpan.FromDays(1)),
    ];

    /// <summary>The longest that is read: 10 years, so that adding it to a time never overflows.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    /// <summary>
    /// Reads <c>100ms</c>, <c>30s</c>, <c>5m</c>, <c>24h</c>, <c>5d</c>, and <c>0</c> with or without a unit.
    /// </summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var unit = Array.Find(Units, entry => entry.Unit == text[digits..]).Length;
        duration = TimeSpan.Zero;
        if (!long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return false;
        if (unit == TimeSpan.Zero) return count == 0 && digits == text.Length;
        if (count > Longest / unit) return false;
        duration = count * unit;
        return true;
    }
}
