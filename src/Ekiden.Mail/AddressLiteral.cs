using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ekiden.Mail;

/// <summary>
/// An address in brackets in place of a domain: <c>[192.0.2.1]</c>, <c>[IPv6:2001:db8::1]</c>. RFC 5321 §4.1.3.
/// </summary>
/// <remarks>General-address-literal is left out: IPv6 is the only registered tag.</remarks>
internal static class AddressLiteral
{
    private const string Tag = "IPv6:";
    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Checks the grammar and writes the address in its shortest form.</summary>
    internal static bool TryNormalize(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? literal)
    {
        literal = null;
        if (text.Length < 3 || text[0] != '[' || text[^1] != ']') return false;
        var inside = text[1..^1];
        if (inside.StartsWith(Tag, StringComparison.OrdinalIgnoreCase))
        {
            var address = inside[Tag.Length..];
            if (!HasIPv6Groups(address) || !IPAddress.TryParse(address, out var parsed)) return false;
            if (parsed.AddressFamily != AddressFamily.InterNetworkV6) return false;
            literal = $"[{Tag}{parsed}]";
            return true;
        }
        if (!TryIPv4(inside, out var octets)) return false;
        literal = string.Create(CultureInfo.InvariantCulture,
            $"[{octets >> 24}.{(octets >> 16) & 255}.{(octets >> 8) & 255}.{octets & 255}]");
        return true;
    }

    /// <summary>The address of a text that <see cref="TryNormalize"/> has written.</summary>
    internal static IPAddress Read(string literal)
    {
        var inside = literal.AsSpan(1, literal.Length - 2);
        return IPAddress.Parse(inside.StartsWith(Tag, StringComparison.Ordinal) ? inside[Tag.Length..] : inside);
    }

    // Four numbers of one to three decimal digits: IPAddress would also take octal, hexadecimal and fewer numbers.
    private static bool TryIPv4(ReadOnlySpan<char> text, out uint octets)
    {
        octets = 0;
        var count = 0;
        foreach (var range in text.Split('.'))
        {
            var number = text[range];
            if (++count > 4 || number.Length is 0 or > 3) return false;
            if (!byte.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var octet)) return false;
            octets = (octets << 8) | octet;
        }
        return count == 4;
    }

    // IPv6-full, -comp, v4-full, v4-comp: one to four hexadecimal digits a group; "::" stands for at least two groups.
    private static bool HasIPv6Groups(ReadOnlySpan<char> text)
    {
        var gap = text.IndexOf("::", StringComparison.Ordinal);
        if (gap < 0) return CountGroups(text, mayEndInIPv4: true) == 8;
        var before = text[..gap];
        var after = text[(gap + 2)..];
        var left = before.IsEmpty ? 0 : CountGroups(before, mayEndInIPv4: false);
        var right = after.IsEmpty ? 0 : CountGroups(after, mayEndInIPv4: true);
        return left >= 0 && right >= 0 && left + right <= 6;
    }

    // An IPv4 address counts as two groups; -1: not a list of groups.
    private static int CountGroups(ReadOnlySpan<char> text, bool mayEndInIPv4)
    {
        var count = 0;
        foreach (var range in text.Split(':'))
        {
            var group = text[range];
            var isLast = range.End.Value == text.Length;
            if (isLast && mayEndInIPv4 && TryIPv4(group, out _)) return count + 2;
            if (group.Length is 0 or > 4 || group.ContainsAnyExcept(Hexadecimal)) return -1;
            count++;
        }
        return count;
    }
}
