using System.Globalization;
using System.Text;

namespace Ekiden.Mail;

/// <summary>Text from outside made safe to show: in logs, notices, events and on screens.</summary>
public static class SafeText
{
    /// <summary>Octets that are kept of one text: reliability E-R9, L-R1.</summary>
    public const int MaxOctets = 1024;

    /// <summary>
    /// C0 and C1 controls, DEL, line and paragraph separators, bidirectional controls, lone surrogates and
    /// noncharacters become <c>?</c>; cut after <see cref="MaxOctets"/> of UTF-8, between characters.
    /// </summary>
    public static string Of(ReadOnlySpan<char> text)
    {
        if (text.Length <= MaxOctets && Ascii.IsValid(text) && text.IndexOfAnyExceptInRange(' ', '~') < 0)
            return text.ToString();
        var safe = new StringBuilder();
        var octets = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var shown = IsUnsafe(rune) || rune == Rune.ReplacementChar ? new Rune('?') : rune;
            octets += shown.Utf8SequenceLength;
            if (octets > MaxOctets) break;
            safe.Append(shown);
        }
        return safe.ToString();
    }

    /// <summary>As <see cref="Of(ReadOnlySpan{char})"/>; bytes that are not UTF-8 become <c>?</c> too.</summary>
    public static string Of(ReadOnlySpan<byte> utf8)
    {
        var cut = utf8[..Math.Min(utf8.Length, MaxOctets + 4)];
        return Of(Encoding.UTF8.GetString(cut));
    }

    /// <summary>Is this a character that must not reach a terminal, a log or a page?</summary>
    internal static bool IsUnsafe(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        // bidirectional controls: UAX 9 §2
        UnicodeCategory.Format => rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E)
            or (>= 0x2066 and <= 0x2069),
        UnicodeCategory.OtherNotAssigned => (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF,
        _ => false,
    };
}
