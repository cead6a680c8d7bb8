using System.Buffers;
using System.Text;

namespace Ekiden.Mail;

/// <summary>How a local part is written: bare where it can be, quoted where it must be. RFC 5321 §4.1.2.</summary>
internal static class LocalPartForm
{
    // atext, RFC 5322 §3.2.3
    private const string AtomCharacters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~";

    /// <summary>The ASCII characters that need no quotes, and the dot.</summary>
    internal static readonly SearchValues<char> AtomsAndDot = SearchValues.Create(AtomCharacters + ".");

    /// <summary>
    /// May the local part stand without quotes? <paramref name="looseDots"/>: dots may stand anywhere.
    /// </summary>
    internal static bool IsBare(ReadOnlySpan<char> localPart, bool looseDots)
    {
        if (localPart.IsEmpty) return false;
        foreach (var character in localPart)
            if (char.IsAscii(character) && !AtomsAndDot.Contains(character)) return false;
        return looseDots || HasPlainDots(localPart);
    }

    /// <summary>No dot first, last or twice in a row: a Dot-string.</summary>
    internal static bool HasPlainDots(ReadOnlySpan<char> localPart) =>
        localPart[0] != '.' && localPart[^1] != '.' && localPart.IndexOf("..", StringComparison.Ordinal) < 0;

    /// <summary><c>"local part"@domain</c>; only quote and backslash are escaped.</summary>
    internal static string Quote(string localPart, string domain)
    {
        var text = new StringBuilder(localPart.Length + domain.Length + 4).Append('"');
        foreach (var character in localPart)
        {
            if (character is '"' or '\\') text.Append('\\');
            text.Append(character);
        }
        return text.Append("\"@").Append(domain).ToString();
    }
}
