using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ekiden.Mail;

/// <summary>The one form of a domain name: lower case, A-labels, no trailing dot.</summary>
public static class DomainName
{
    private const int MaxLength = 253; // 255 octets on the wire: RFC 1035 §2.3.4
    private const int MaxLabel = 63;

    /// <summary>
    /// The one form of <paramref name="text"/>, which may hold upper case, full-width letters, ideographic full stops
    /// and U-labels; false when it is no domain of RFC 5321 §4.1.2.
    /// </summary>
    public static bool TryNormalize(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? domain)
    {
        var error = Normalize(text, out var normal);
        domain = error == MailboxError.None ? normal : null;
        return error == MailboxError.None;
    }

    /// <summary>As <see cref="TryNormalize"/>, and says why not.</summary>
    internal static MailboxError Normalize(ReadOnlySpan<char> text, out string domain)
    {
        domain = "";
        if (text.Length > Mailbox.MaxInput) return MailboxError.DomainTooLong;
        if (!Ascii.IsValid(text))
        {
            if (!IdnaMapping.TryToAscii(text, out var ascii)) return MailboxError.NotAnIdnLabel;
            text = ascii;
        }
        var error = CheckLabels(text, out var hasUpper);
        if (error != MailboxError.None) return error;
        domain = hasUpper ? ToLower(text) : text.ToString();
        return MailboxError.None;
    }

    private static MailboxError CheckLabels(ReadOnlySpan<char> text, out bool hasUpper)
    {
        hasUpper = false;
        if (text.IsEmpty) return MailboxError.NoDomain;
        if (text.Length > MaxLength) return MailboxError.DomainTooLong;
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == '.')
            {
                if (i == start) return MailboxError.EmptyLabel;
                if (i - start > MaxLabel) return MailboxError.LabelTooLong;
                if (text[start] == '-' || text[i - 1] == '-') return MailboxError.LabelHyphen;
                start = i + 1;
            }
            else if (char.IsAsciiLetterOrDigit(text[i]) || text[i] == '-')
            {
                hasUpper |= char.IsAsciiLetterUpper(text[i]);
            }
            else
            {
                return char.IsControl(text[i]) ? MailboxError.ControlCharacter : MailboxError.DomainCharacter;
            }
        }
        return MailboxError.None;
    }

    private static string ToLower(ReadOnlySpan<char> text)
    {
        Span<char> lower = stackalloc char[text.Length];
        Ascii.ToLower(text, lower, out _);
        return lower.ToString();
    }
}
