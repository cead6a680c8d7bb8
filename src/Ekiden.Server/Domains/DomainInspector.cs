using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Ekiden.Directory;
using Ekiden.Dns;

namespace Ekiden.Server.Domains;

/// <summary>
/// Looks at everything that receivers look at before they take mail of a domain. Asks the name service only; what it
/// cannot find out is unknown, and takes nothing out of service (B4 of reference japan.md). Thread-safe.
/// </summary>
internal sealed class DomainInspector(
    AccountDirectory directory, IResolver resolver, Func<SendingFacts> facts, Func<X509Certificate2> certificate,
    TimeProvider clock)
{
    /// <summary>Looks at a domain now; takes as long as the slowest name server.</summary>
    public async Task<DomainReport> InspectAsync(SenderDomain domain, CancellationToken cancel)
    {
        var current = facts();
        var hosts = await FindAddressesAsync(current.Hosts, cancel);
        var authentication = new AuthenticationChecks(resolver, clock);
        var sources = new SourceChecks(resolver);
        var parts = await Task.WhenAll(
            authentication.CheckSpfAsync(domain.Name, hosts, cancel),
            authentication.CheckDkimAsync(domain.Name, directory.Current.KeysOf(domain), clock.GetUtcNow(), cancel),
            authentication.CheckDmarcAsync(domain.Name, cancel),
            NameChecks.CheckAsync(resolver, domain.Name, cancel),
            sources.CheckNamesAsync(hosts, cancel),
            sources.CheckBlocklistsAsync(hosts, current.Blocklists, cancel));
        ImmutableArray<DomainFinding> findings =
        [
            .. parts.SelectMany(part => part),
            CertificateCheck.Check(certificate(), current.Hosts[0].HostName, clock.GetUtcNow()),
        ];
        return new DomainReport(domain.Name, clock.GetUtcNow(), findings, ProviderRules.Judge(findings));
    }

    // Without [[egress]] the system chooses the address: the host's name should lead to it.
    private async Task<ImmutableArray<SendingHost>> FindAddressesAsync(
        ImmutableArray<SendingHost> hosts, CancellationToken cancel)
    {
        var all = ImmutableArray.CreateBuilder<SendingHost>();
        foreach (var host in hosts)
        {
            if (host.Address is not null)
            {
                all.Add(host);
                continue;
            }
            var addresses = await HostAddresses.FindAsync(resolver, host.HostName, cancel);
            all.AddRange(addresses.Found.Select(address => host with { Address = address }));
            if (addresses.Found.IsEmpty) all.Add(host);
        }
        return all.ToImmutable();
    }
}
