using System.Globalization;
using System.Text.RegularExpressions;

namespace Ekiden.Delivery.Providers;

/// <summary>
/// Finds in a reply's text how long the peer wants us to wait: "try again in 300 seconds", "retry after 5 min".
/// </summary>
internal static partial class RetryHint
{
    // Longer texts are not advice; what is looked at stays bounded.
    private const int MaxText = 2048;

    /// <summary>The wait asked for, more than zero; null when the text names none.</summary>
    public static TimeSpan? Find(string text)
    {
        // Most replies have no digit after these words: one cheap look before the expression.
        if (text.AsSpan().IndexOfAnyInRange('0', '9') < 0) return null;
        var match = Wait().Match(text.Length > MaxText ? text[..MaxText] : text);
        if (!match.Success) return null;
        var wait = match.Groups["h"].Success
            ? Clock(match)
            : Number(match.Groups["n"].ValueSpan) * UnitOf(match.Groups["unit"].ValueSpan);
        return wait > TimeSpan.Zero ? wait : null;
    }

    private static TimeSpan Clock(Match match)
    {
        var first = Number(match.Groups["h"].ValueSpan);
        var second = Number(match.Groups["m"].ValueSpan);
        // 05:00 is five minutes; 00:05:00 as well.
        return match.Groups["s"].Success
            ? TimeSpan.FromSeconds((first * 3600) + (second * 60) + Number(match.Groups["s"].ValueSpan))
            : TimeSpan.FromSeconds((first * 60) + second);
    }

    private static double Number(ReadOnlySpan<char> digits) =>
        double.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    private static TimeSpan UnitOf(ReadOnlySpan<char> unit) => char.ToLowerInvariant(unit[0]) switch
    {
        'h' => TimeSpan.FromHours(1),
        'm' => TimeSpan.FromMinutes(1),
        _ => TimeSpan.FromSeconds(1),
    };

    [GeneratedRegex(
        @"\b(?:in|after|for|within|wait)\s+(?:(?:about|at\s+least|another)\s+)?"
        + @"(?:(?<h>\d{1,2}):(?<m>\d{2})(?::(?<s>\d{2}))?(?!\d)"
        + @"|(?<n>\d{1,6})\s*(?<unit>seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h)\b)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Wait();
}
