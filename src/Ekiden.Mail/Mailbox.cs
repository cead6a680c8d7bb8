using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using System.Text.Unicode;

namespace Ekiden.Mail;

/// <summary>
/// A mail address, parsed once at the edge: it cannot hold CR, LF, NUL or another control character, so nobody
/// downstream needs to check for injection.
/// </summary>
/// <remarks>
/// Grammar: RFC 5321 §4.1.2, RFC 6531 §3.3. Two mailboxes are equal when local part (case counts: RFC 5321 §2.4) and
/// domain are; <see cref="SuppressionKey"/> is the coarser comparison.
/// </remarks>
public sealed record Mailbox
{
    /// <summary>
    /// Octets of an address at most: a path has 256, two of them angle brackets. RFC 5321 §4.5.3.1.3.
    /// </summary>
    public const int MaxLength = 254;

    /// <summary>
    /// More than any address within its limits has in UTF-8 and U-labels; longer input is not looked at.
    /// </summary>
    internal const int MaxInput = 512;

    private Mailbox(string localPart, string domain)
    {
        LocalPart = localPart;
        Domain = domain;
    }

    /// <summary>The part before the @, unquoted; its case is kept. May be empty (<c>""@example.org</c>).</summary>
    public string LocalPart { get; }

    /// <summary>
    /// The domain in lower case and A-label form, without a trailing dot; an address literal with its brackets
    /// (<c>[192.0.2.1]</c>, <c>[IPv6:2001:db8::1]</c>) in the shortest form of the address.
    /// </summary>
    public string Domain { get; }

    /// <summary>The domain is an address in brackets: RFC 5321 §4.1.3.</summary>
    public bool IsAddressLiteral => Domain[0] == '[';

    /// <summary>The address of an address literal; null for a domain name.</summary>
    public IPAddress? Literal => IsAddressLiteral ? AddressLiteral.Read(Domain) : null;

    /// <summary>
    /// The local part is not ASCII, so SMTPUTF8 is needed (RFC 6531 §3.2); the domain never needs it.
    /// </summary>
    public bool NeedsSmtpUtf8 => !Ascii.IsValid(LocalPart);

    /// <summary>The identity used for suppression: lower-case local part without quotes, @, domain.</summary>
    public string SuppressionKey => $"{LocalPart.ToLowerInvariant()}@{Domain}";

    /// <summary>Reads one address without angle brackets, UTF-8 allowed.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Mailbox? mailbox) =>
        TryParse(text, MailboxRules.Utf8, out mailbox, out _);

    /// <summary>Reads one address without angle brackets; <paramref name="error"/> says why it is none.</summary>
    public static bool TryParse(
        ReadOnlySpan<char> text, MailboxRules rules, [NotNullWhen(true)] out Mailbox? mailbox, out MailboxError error)
    {
        error = MailboxParser.Parse(text, rules, out var localPart, out var domain);
        mailbox = error == MailboxError.None ? new Mailbox(localPart, domain) : null;
        return mailbox is not null;
    }

    /// <summary>Reads one address without angle brackets from UTF-8.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> text, MailboxRules rules, [NotNullWhen(true)] out Mailbox? mailbox, out MailboxError error)
    {
        mailbox = null;
        error = MailboxError.TooLong;
        if (text.Length > MaxInput) return false;
        Span<char> characters = stackalloc char[MaxInput];
        error = MailboxError.BadEncoding;
        if (Utf8.ToUtf16(text, characters, out _, out var length, replaceInvalidSequences: false) != 0) return false;
        return TryParse(characters[..length], rules, out mailbox, out error);
    }

    /// <summary>Reads one address without angle brackets.</summary>
    public static MailboxResult Parse(string text, MailboxRules rules) =>
        TryParse(text, rules, out var mailbox, out var error)
            ? new MailboxResult.Valid(mailbox)
            : new MailboxResult.Invalid(error);

    /// <summary>
    /// As it stands in an SMTP path, without angle brackets: quoted only where the grammar needs it, and not for the
    /// dots of <see cref="CarrierDomains"/>, whose servers expect them bare.
    /// </summary>
    public override string ToString() =>
        LocalPartForm.IsBare(LocalPart, CarrierDomains.Contains(Domain))
            ? $"{LocalPart}@{Domain}"
            : LocalPartForm.Quote(LocalPart, Domain);

    /// <summary>
    /// As <see cref="ToString"/>, but the dots of <see cref="CarrierDomains"/> are quoted too: valid RFC 5322 for
    /// header fields, and the second try on the wire.
    /// </summary>
    public string ToQuotedString() =>
        LocalPartForm.IsBare(LocalPart, looseDots: false)
            ? $"{LocalPart}@{Domain}"
            : LocalPartForm.Quote(LocalPart, Domain);
}
