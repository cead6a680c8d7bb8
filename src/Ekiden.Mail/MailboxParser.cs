using System.Text;

namespace Ekiden.Mail;

/// <summary>Reads an address in one pass from left to right: no recursion, no search back, no exceptions.</summary>
/// <remarks>
/// Mailbox of RFC 5321 §4.1.2, with the UTF-8 of RFC 6531 §3.3. White space and comments are not part of it.
/// </remarks>
internal static class MailboxParser
{
    private const int MaxLocalPart = 64; // octets, RFC 5321 §4.5.3.1.1

    internal static MailboxError Parse(
        ReadOnlySpan<char> text, MailboxRules rules, out string localPart, out string domain)
    {
        localPart = domain = "";
        if (text.IsEmpty) return MailboxError.Empty;
        if (text.Length > Mailbox.MaxInput) return MailboxError.TooLong;
        if (!Ascii.IsValid(text) && CheckUnicode(text, rules) is var unicode and not MailboxError.None) return unicode;

        var isQuoted = text[0] == '"';
        var error = isQuoted
            ? ReadQuoted(text, out var at, out localPart)
            : ReadDotString(text, out at, out localPart);
        if (error != MailboxError.None) return error;

        // quotes count: RFC 5321 limits what stands in the path
        var octets = Encoding.UTF8.GetByteCount(text[..at]);
        if (octets > MaxLocalPart) return MailboxError.LocalPartTooLong;
        error = ReadDomain(text[(at + 1)..], out domain);
        if (error != MailboxError.None) return error;
        if (octets + 1 + domain.Length > Mailbox.MaxLength) return MailboxError.TooLong;
        return isQuoted || LocalPartForm.HasPlainDots(localPart) || CarrierDomains.Contains(domain)
            ? MailboxError.None
            : MailboxError.LocalPartDots;
    }

    private static MailboxError ReadDomain(ReadOnlySpan<char> text, out string domain)
    {
        domain = "";
        if (text.IsEmpty) return MailboxError.NoDomain;
        if (text[0] != '[') return DomainName.Normalize(text, out domain);
        if (!AddressLiteral.TryNormalize(text, out var literal)) return MailboxError.AddressLiteral;
        domain = literal;
        return MailboxError.None;
    }

    // Dots are judged when the domain is known: the carriers' may stand anywhere.
    private static MailboxError ReadDotString(ReadOnlySpan<char> text, out int at, out string localPart)
    {
        localPart = "";
        for (at = 0; at < text.Length; at++)
        {
            var character = text[at];
            if (character == '@') break;
            if (char.IsControl(character)) return MailboxError.ControlCharacter;
            if (char.IsAscii(character) && !LocalPartForm.AtomsAndDot.Contains(character))
                return MailboxError.LocalPartCharacter;
        }
        if (at == text.Length) return MailboxError.NoAt;
        if (at == 0) return MailboxError.NoLocalPart;
        localPart = text[..at].ToString();
        return MailboxError.None;
    }

    // Quoted-string of RFC 5321 §4.1.2. RFC 6531 §3.3 adds UTF-8 to its text, but not behind a backslash.
    private static MailboxError ReadQuoted(ReadOnlySpan<char> text, out int at, out string localPart)
    {
        localPart = "";
        Span<char> content = stackalloc char[text.Length];
        var length = 0;
        for (at = 1; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\')
            {
                if (++at == text.Length) return MailboxError.UnclosedQuote;
                if (!char.IsAscii(text[at])) return MailboxError.QuotedCharacter;
            }
            if (char.IsControl(text[at])) return MailboxError.ControlCharacter;
            content[length++] = text[at];
        }
        if (at == text.Length) return MailboxError.UnclosedQuote;
        if (++at == text.Length) return MailboxError.NoAt;
        if (text[at] != '@') return MailboxError.TextAfterQuote;
        localPart = content[..length].ToString();
        return MailboxError.None;
    }

    private static MailboxError CheckUnicode(ReadOnlySpan<char> text, MailboxRules rules)
    {
        while (!text.IsEmpty)
        {
            // the second: somebody before us has decoded bytes that were none
            if (Rune.DecodeFromUtf16(text, out var rune, out var length) != 0 || rune == Rune.ReplacementChar)
                return MailboxError.BadEncoding;
            if (SafeText.IsUnsafe(rune)) return MailboxError.ControlCharacter;
            text = text[length..];
        }
        return rules == MailboxRules.Utf8 ? MailboxError.None : MailboxError.NotAscii;
    }
}
