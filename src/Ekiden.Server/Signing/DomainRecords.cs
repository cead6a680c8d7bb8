using Ekiden.Contracts;
using Ekiden.Directory;

namespace Ekiden.Server.Signing;

/// <summary>The DNS records that a sender domain needs, for the person who publishes them: DESIGN §9.1.</summary>
internal static class DomainRecords
{
    /// <summary>
    /// DKIM as it must be; SPF and DMARC as a proposal, for a domain that has neither: mechanisms of an SPF record that
    /// is there are to be joined with ours (RFC 7208 §3.2 allows one record).
    /// </summary>
    /// <param name="domain">The sender domain.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="hostName">This server: its addresses send.</param>
    public static IReadOnlyList<DnsRecordResponse> Of(
        SenderDomain domain, IEnumerable<DomainKey> keys, string hostName) =>
        [
            .. keys.Where(key => key.Status != DomainKeyStatus.Retired).Select(key => new DnsRecordResponse(
                "TXT", DomainKeyNames.PlaceOf(key.Selector, domain.Name), key.PublicRecord)),
            new DnsRecordResponse("TXT", domain.Name, $"v=spf1 a:{hostName} ~all"),
            new DnsRecordResponse("TXT", $"_dmarc.{domain.Name}", "v=DMARC1; p=none"),
        ];
}
