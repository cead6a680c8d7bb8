using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Ekiden.Mail;

/// <summary>From any spelling of an international domain name to its A-labels: UTS 46 §4, nontransitional.</summary>
/// <remarks>
/// Checked as in §4.1 with CheckHyphens and CheckJoiners after a virama; not CheckBidi, which is about display. Labels
/// that come as A-labels are taken as they are.
/// </remarks>
internal static class IdnaMapping
{
    private const int Virama = 9; // combining class
    private const int ZeroWidthNonJoiner = 0x200C, ZeroWidthJoiner = 0x200D;

    /// <summary>
    /// Maps, composes and encodes; false when a label cannot be one. ASCII rules are checked by the caller.
    /// </summary>
    internal static bool TryToAscii(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? ascii)
    {
        ascii = null;
        var mapped = new List<Rune>(text.Length);
        foreach (var rune in text.EnumerateRunes()) IdnaTable.Instance.Map(rune, mapped);
        IdnaTable.Instance.Compose(mapped);

        var domain = new StringBuilder();
        var rest = CollectionsMarshal.AsSpan(mapped);
        while (true)
        {
            var end = 0;
            while (end < rest.Length && !IsDot(rest[end])) end++;
            if (ToAscii(rest[..end]) is not { } label) return false;
            domain.Append(label);
            if (end == rest.Length) break;
            domain.Append('.');
            rest = rest[(end + 1)..];
        }
        ascii = domain.ToString();
        return true;
    }

    // U+3002 is mapped to itself; U+FF0E and U+FF61 became one of these two.
    private static bool IsDot(Rune rune) => rune.Value is '.' or 0x3002;

    private static string? ToAscii(ReadOnlySpan<Rune> label)
    {
        var isAscii = true;
        foreach (var rune in label) isAscii &= rune.IsAscii;
        if (!isAscii) return IsValid(label) ? Punycode.ToALabel(label) : null;
        var text = new StringBuilder(label.Length);
        foreach (var rune in label) text.Append((char)rune.Value);
        return text.ToString();
    }

    private static bool IsValid(ReadOnlySpan<Rune> label)
    {
        if (label[0].Value == '-' || label[^1].Value == '-') return false;
        if (label.Length > 3 && label[2].Value == '-' && label[3].Value == '-') return false;
        if (IsMark(label[0])) return false;
        for (var i = 0; i < label.Length; i++)
        {
            if (label[i].Value is ZeroWidthNonJoiner or ZeroWidthJoiner)
            {
                if (i == 0 || IdnaTable.Instance.CombiningClass(label[i - 1]) != Virama) return false;
            }
            else if (IsDisallowed(label[i]))
            {
                return false;
            }
        }
        return true;
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static bool IsDisallowed(Rune rune) => rune.Value is 0xFFFC or 0xFFFD || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
