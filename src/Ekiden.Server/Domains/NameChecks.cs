using Ekiden.Dns;

namespace Ekiden.Server.Domains;

/// <summary>Can mail to the domain be answered? Receivers refuse authors to whom they cannot write.</summary>
internal static class NameChecks
{
    /// <summary>MX, else addresses: RFC 5321 §5.1.</summary>
    public static async Task<DomainFinding[]> CheckAsync(IResolver resolver, string domain, CancellationToken cancel)
    {
        var answer = await resolver.FindMxAsync(domain, cancel);
        switch (answer)
        {
            case DnsAnswer<MxRecord>.Failed failed:
                return [new("mx", domain, FindingStatus.Unknown, failed.Why)];
            case DnsAnswer<MxRecord>.Found { Records: [{ Host.Length: 0 }] }:
                return [new("mx", domain, FindingStatus.Error, "a null MX: receivers refuse authors without a way back")
                {
                    Fix = "publish an MX record that takes mail for it",
                }];
            case DnsAnswer<MxRecord>.Found found:
                return await CheckHostsAsync(resolver, domain, found, cancel);
            default:
                return [await CheckAddressAsync(resolver, domain, cancel)];
        }
    }

    private static async Task<DomainFinding[]> CheckHostsAsync(
        IResolver resolver, string domain, DnsAnswer<MxRecord>.Found found, CancellationToken cancel)
    {
        var names = string.Join(", ", found.Records.Select(record => record.Host));
        var findings = new List<DomainFinding> { new("mx", domain, FindingStatus.Ok, names) };
        foreach (var host in found.Records.Select(record => record.Host))
        {
            var addresses = await HostAddresses.FindAsync(resolver, host, cancel);
            if (!addresses.Found.IsEmpty) continue;
            findings.Add(addresses.Failure is { } why
                ? new("mx", host, FindingStatus.Unknown, why)
                : new("mx", host, FindingStatus.Error, "an MX host without address") { Fix = "correct the MX record" });
        }
        return [.. findings];
    }

    private static async Task<DomainFinding> CheckAddressAsync(
        IResolver resolver, string domain, CancellationToken cancel)
    {
        var addresses = await HostAddresses.FindAsync(resolver, domain, cancel);
        if (!addresses.Found.IsEmpty)
            return new("mx", domain, FindingStatus.Ok, $"no MX; mail goes to {addresses.Found[0]}");
        return addresses.Failure is { } why
            ? new("mx", domain, FindingStatus.Unknown, why)
            : new("mx", domain, FindingStatus.Error, "neither MX nor address: nobody can answer")
            {
                Fix = "publish an MX record",
            };
    }
}
