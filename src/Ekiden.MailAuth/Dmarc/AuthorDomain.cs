using Ekiden.Mail.Headers;

namespace Ekiden.MailAuth.Dmarc;

/// <summary>Whose message this is: RFC 9989 §5.3.1 ("Extract Author Domain").</summary>
public static class AuthorDomain
{
    /// <summary>The one domain of From in A-label form; null when there is not exactly one.</summary>
    public static string? Of(HeaderBlock header) => Find(header).Domain;

    /// <summary>The one domain of From in A-label form; or why there is none.</summary>
    internal static (string? Domain, DmarcVerdict? Verdict) Find(HeaderBlock header)
    {
        if (header.Count("From"u8) != 1 || !header.TryFind("From"u8, out var from))
            return (null, Without(DmarcResult.PermError, "the message has not exactly one From"));
        var authors = HeaderAddressParser.Parse(from.RawValue);
        if (authors is not HeaderAddresses.Valid { Addresses: [var first, ..] addresses })
            return (null, Without(DmarcResult.PermError, "From cannot be read"));
        var domain = first.Mailbox.Domain;
        foreach (var address in addresses)
        {
            // several authors of several domains are exempt
            if (address.Mailbox.Domain != domain)
                return (null, Without(DmarcResult.None, "From has addresses of several domains"));
        }
        return first.Mailbox.IsAddressLiteral
            ? (null, Without(DmarcResult.None, "From has no domain name"))
            : (domain, null);
    }

    private static DmarcVerdict Without(DmarcResult result, string why) => new(result, DmarcPolicy.None, why);
}
