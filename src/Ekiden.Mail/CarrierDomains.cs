using System.Collections.Frozen;

namespace Ekiden.Mail;

/// <summary>
/// The Japanese carriers that once gave out addresses with a dot first, last or twice in a row before the @. There, and
/// nowhere else, such a local part is valid without quotes, and the quoted form is the same address.
/// </summary>
/// <remarks>
/// Not in the grammar of RFC 5321 §4.1.2, but such addresses are in use (japan.md §3). Whole domains only: a subdomain
/// counts when it is listed.
/// </remarks>
public static class CarrierDomains
{
    private static readonly FrozenSet<string> Domains = FrozenSet.Create(
        StringComparer.Ordinal,
        "docomo.ne.jp",
        "au.com", "ezweb.ne.jp",
        "softbank.ne.jp", "i.softbank.jp", "disney.ne.jp", "vodafone.ne.jp",
        // the regions of the former J-Phone, still in use
        "c.vodafone.ne.jp", "d.vodafone.ne.jp", "h.vodafone.ne.jp", "k.vodafone.ne.jp", "n.vodafone.ne.jp",
        "q.vodafone.ne.jp", "r.vodafone.ne.jp", "s.vodafone.ne.jp", "t.vodafone.ne.jp");

    /// <summary>Is this domain, in lower case, one of them?</summary>
    public static bool Contains(string domain) => Domains.Contains(domain);
}
