using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Ekiden.Mail;

/// <summary>From any spelling of an international domain name to its A-labels: UTS 46 §4.</summary>
internal static class IdnaMapping
{
    /// <summary>Maps, composes and encodes; false when a label cannot be one. ASCII rules are checked by the caller.</summary>
    internal static bool TryToAscii(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? ascii)
    {
        ascii = null;
        var labels = new List<string>();
        var label = new List<Rune>();
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '.' or 0x3002 or 0xFF0E or 0xFF61) // UTS 46 §4.5
            {
                if (!TryAddLabel(labels, label)) return false;
                label.Clear();
                continue;
            }
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse) return false;
            label.Add(rune.Value is >= 0xFF01 and <= 0xFF5E
                ? Rune.ToLowerInvariant(new Rune(rune.Value - 0xFEE0))
                : Rune.ToLowerInvariant(rune));
        }
        if (!TryAddLabel(labels, label)) return false;
        ascii = string.Join('.', labels);
        return true;
    }

    private static bool TryAddLabel(List<string> labels, List<Rune> label)
    {
        var runes = CollectionsMarshal.AsSpan(label);
        var isAscii = true;
        foreach (var rune in runes) isAscii &= rune.IsAscii;
        var text = isAscii ? string.Concat(label) : Punycode.ToALabel(runes);
        if (text is null) return false;
        labels.Add(text);
        return true;
    }
}
