using System.Globalization;
using System.Text;

namespace Ekiden.Cli;

/// <summary>
/// Makes text of others (replies, addresses, names) safe for a terminal: what could move the cursor or hide text shows
/// as U+FFFD.
/// </summary>
internal static class Printable
{
    public static string Of(string text)
    {
        if (!text.Any(IsUnsafe)) return text;
        var safe = new StringBuilder(text.Length);
        foreach (var letter in text) safe.Append(IsUnsafe(letter) ? '\uFFFD' : letter);
        return safe.ToString();
    }

    private static bool IsUnsafe(char letter) => char.GetUnicodeCategory(letter) is UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
