using System.Buffers;
using System.Text;

namespace Ekiden.Mail.Headers;

/// <summary>
/// Writes header fields: folded after at most 78 characters (RFC 5322 §2.1.1), encoded where needed (RFC 2047).
/// </summary>
internal static class HeaderWriter
{
    private const int FoldAt = 78;
    private const int MaxLine = 998;

    private static readonly SearchValues<char> AtomsAndBlank = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~ ");

    internal static string Unstructured(string name, string value)
    {
        CheckName(name);
        CheckText(value);
        var text = new StringBuilder(name).Append(": ");
        if (IsPlain(value, name.Length + 2)) Fold(text, value);
        else Encode(text, value);
        return text.Append("\r\n").ToString();
    }

    internal static string Address(string name, string? displayName, Mailbox mailbox)
    {
        CheckName(name);
        var text = new StringBuilder(name).Append(": ");
        var address = mailbox.ToQuotedString();
        if (string.IsNullOrEmpty(displayName))
            return Fold(text, address).Append("\r\n").ToString();
        CheckText(displayName);
        if (!IsPlain(displayName, name.Length + 2)) Encode(text, displayName);
        else Fold(text, IsAtoms(displayName) ? displayName : Quote(displayName));
        return Fold(text, $" <{address}>").Append("\r\n").ToString();
    }

    /// <summary>
    /// Adds structured text that is ASCII, or UTF-8 where SMTPUTF8 allows it; it may be folded at its blanks.
    /// </summary>
    internal static string Structured(string name, string value) =>
        Fold(new StringBuilder(name).Append(": "), value).Append("\r\n").ToString();

    private static void CheckName(string name)
    {
        // reliability E-R2
        if (name.Length is 0 or > 76 || name.AsSpan().ContainsAnyExceptInRange('!', '~') || name.Contains(':'))
            throw new ArgumentException("Not a header field name", nameof(name));
    }

    private static void CheckText(string value)
    {
        foreach (var character in value)
        {
            if ((char.IsControl(character) && character != '\t') || character is '\u2028' or '\u2029')
                throw new ArgumentException("A header value holds a control character", nameof(value));
        }
    }

    // Blanks at the ends or in a row would not survive every reader; "=?" would be read as an encoded word.
    private static bool IsPlain(string value, int prefix)
    {
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~')) return false;
        if (value.Contains("=?", StringComparison.Ordinal)) return false;
        if (value.StartsWith(' ') || value.EndsWith(' ')) return false;
        if (value.Contains("  ", StringComparison.Ordinal)) return false;
        foreach (var range in value.AsSpan().Split(' '))
            if (range.End.Value - range.Start.Value + prefix > MaxLine) return false;
        return true;
    }

    private static bool IsAtoms(string text) => !text.AsSpan().ContainsAnyExcept(AtomsAndBlank);

    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    // Breaks before a blank, so that unfolding gives the same text.
    private static StringBuilder Fold(StringBuilder text, string value)
    {
        var column = Column(text);
        var isFirst = true;
        foreach (var range in value.AsSpan().Split(' '))
        {
            var word = value.AsSpan(range);
            if (!isFirst)
            {
                if (column + 1 + word.Length > FoldAt && word.Length > 0)
                {
                    text.Append("\r\n");
                    column = 0;
                }
                text.Append(' ');
                column++;
            }
            text.Append(word);
            column += word.Length;
            isFirst = false;
        }
        return text;
    }

    // Words of at most 75 characters (§2), each whole characters (§5), lines of at most 76.
    private static void Encode(StringBuilder text, string value)
    {
        const string Start = "=?utf-8?B?", End = "?=";
        Span<byte> word = stackalloc byte[45]; // 60 characters of base64
        var room = Math.Clamp((75 - Column(text) - Start.Length - End.Length) / 4 * 3, 3, word.Length);
        var length = 0;
        foreach (var rune in value.EnumerateRunes())
        {
            if (length > 0 && length + rune.Utf8SequenceLength > room)
            {
                text.Append(Start).Append(Convert.ToBase64String(word[..length])).Append(End).Append("\r\n ");
                (length, room) = (0, word.Length);
            }
            length += rune.EncodeToUtf8(word[length..]);
        }
        text.Append(Start).Append(Convert.ToBase64String(word[..length])).Append(End);
    }

    private static int Column(StringBuilder text)
    {
        for (var i = text.Length - 1; i >= 0; i--)
            if (text[i] == '\n') return text.Length - 1 - i;
        return text.Length;
    }
}
