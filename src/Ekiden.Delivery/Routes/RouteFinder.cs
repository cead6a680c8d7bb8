using System.Collections.Immutable;
using System.Net;
using Ekiden.Delivery.Local;
using Ekiden.Delivery.Security;
using Ekiden.Dns;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Routes;

/// <summary>
/// Finds where the mail of a domain goes: the first static route that matches, else its MX hosts, else the domain
/// itself. RFC 5321 §5.1.
/// </summary>
/// <remarks>Trouble of the name service defers, and never falls back to an address: reliability.md I-R1.</remarks>
internal sealed class RouteFinder(
    RouteOptions options, IResolver resolver, TimeProvider clock, DomainPolicies? policies = null)
{
    // reliability.md I-R4: a domain with more MX hosts than this gets the best of them.
    private const int MaxHosts = 20;

    // reliability.md I-R1: one NXDOMAIN may be a mistake of a moment, two of them this far apart are not.
    private static readonly TimeSpan SecondOpinion = TimeSpan.FromMinutes(15);

    private static readonly DeliveryOutcome.Failed TakesNoMail = new(
        FailureReason.NoSuchDomain, new EnhancedStatus(5, 1, 10), null,
        "the domain says that it takes no mail (null MX)");

    private static readonly DeliveryOutcome.Failed LeadsToUs = new(
        FailureReason.ProhibitedTarget, new EnhancedStatus(5, 4, 6), null,
        "mail for the domain leads back to this server");

    /// <summary>The route of a domain.</summary>
    /// <param name="domain">In lower case and A-label form, or an address literal in brackets.</param>
    /// <param name="memory">What earlier answers for this domain said.</param>
    /// <param name="cancel">Ends the wait for the name service.</param>
    public ValueTask<RouteResult> FindAsync(string domain, DomainMemory memory, CancellationToken cancel) =>
        FindKnown(domain) is { } known ? new(known) : SecuredAsync(domain, memory, cancel);

    /// <summary>
    /// The route of a domain, when the settings or the domain itself tell it; null: the name service must be asked.
    /// </summary>
    public RouteResult? FindKnown(string domain)
    {
        foreach (var route in options.Routes)
        {
            if (route.Matches(domain)) return FromSettings(route);
        }
        if (options.LocalDomains.Contains(domain)) return NoLocalStore(domain);
        return domain.StartsWith('[') ? FromLiteral(domain) : null;
    }

    private RouteResult FromSettings(StaticRoute route)
    {
        if (route.Store is { } store) return ToStore(route, store);
        if (route.Hosts.IsEmpty)
            return Defer(DeferralReason.Local, 3, 5, $"the route {route.Match} names no host");
        var hosts = ImmutableArray.CreateBuilder<RouteHost>(route.Hosts.Length);
        foreach (var target in route.Hosts)
        {
            // In the order of the settings: the operator's preference.
            var address = IPAddress.TryParse(target.Host, out var parsed) ? parsed : null;
            hosts.Add(new RouteHost(target.Host, target.Port, hosts.Count, address));
        }
        return new RouteResult.Found(
            new Route
            {
                Site = $"route {route.Match}",
                // A route for a provider's own domains leads there; one for everybody, to a smarthost.
                Provider = options.Packs.FindByDomain(route.Match.TrimStart('*', '.')) ?? options.Packs.Default,
                Hosts = hosts.MoveToImmutable(),
                Tls = route.Tls,
                Credential = route.Credential,
                Limits = route.Limits,
                IsStatic = true,
                Security = new RouteSecurity { HostsAreCertain = true },
            },
            DateTimeOffset.MaxValue);
    }

    // No name service, no policies, no TLS: the mail stays on this machine or with a server that the operator named.
    private RouteResult.Found ToStore(StaticRoute route, LocalStore store)
    {
        var usual = store is LocalStore.Maildir ? Maildirs.AtOnce : route.Limits.Connections;
        var address = (store as LocalStore.Lmtp)?.Address ?? new IPEndPoint(IPAddress.Loopback, 0);
        var name = store is LocalStore.Lmtp { SocketPath: { } path } ? path : address.Address.ToString();
        return new RouteResult.Found(
            new Route
            {
                Site = $"route {route.Match}",
                Provider = options.Packs.Default,
                Hosts = [new RouteHost(name, address.Port, 0, address.Address)],
                Store = store,
                Tls = TlsLevel.None,
                Limits = route.Limits with
                {
                    Connections = route.Limits.Connections ?? usual,
                    MessagesPerConnection = route.Limits.MessagesPerConnection ?? int.MaxValue,
                },
                IsStatic = true,
                Security = new RouteSecurity { HostsAreCertain = true },
            },
            DateTimeOffset.MaxValue);
    }

    // DESIGN M4: no outside server is asked about mail for our own domains.
    private static RouteResult.None NoLocalStore(string domain) =>
        Defer(DeferralReason.Local, 3, 5, $"{domain} is local and no route says where its mail is kept");

    // RFC 5321 §5.1, §4.1.3: an address literal needs no name service.
    private RouteResult FromLiteral(string domain)
    {
        var text = domain.AsSpan().Trim("[]");
        if (text.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)) text = text["IPv6:".Length..];
        return IPAddress.TryParse(text, out var address)
            ? Found(domain, [new RouteHost(domain, options.MxPort, 0, address)], DateTimeOffset.MaxValue)
            : new RouteResult.None(new DeliveryOutcome.Failed(
                FailureReason.NoSuchDomain, new EnhancedStatus(5, 1, 2), null,
                "the address literal is not an address"));
    }

    // A domain's policies are found before it meets other domains in a site (DESIGN §5).
    private async ValueTask<RouteResult> SecuredAsync(string domain, DomainMemory memory, CancellationToken cancel)
    {
        var result = await FromMxAsync(domain, memory, cancel);
        if (policies is null || result is not RouteResult.Found found) return result;
        var route = found.Route;
        var (security, validUntil) = await policies.FindAsync(
            domain, route.Hosts, route.Security.HostsAreCertain, cancel);
        return new RouteResult.Found(
            route with { Security = security }, validUntil < found.ValidUntil ? validUntil : found.ValidUntil);
    }

    private async ValueTask<RouteResult> FromMxAsync(string domain, DomainMemory memory, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        switch (await resolver.FindMxAsync(domain, cancel))
        {
            case DnsAnswer<MxRecord>.Found found:
                memory.DomainExists();
                return Signed(FromMx(domain, found.Records, now + found.TimeToLive), found.IsAuthenticated);
            case DnsAnswer<MxRecord>.NoData none:
                return Signed(
                    await FromAddressAsync(domain, now + none.TimeToLive, memory, cancel), none.IsAuthenticated);
            case DnsAnswer<MxRecord>.NoSuchDomain:
                return NoSuchDomain(domain, memory);
            case DnsAnswer<MxRecord>.Failed failed:
                return NameServiceFailed($"MX of {domain}: {failed.Why}");
            default:
                throw new InvalidOperationException("a name service answer of no known kind");
        }
    }

    private static RouteResult Signed(RouteResult result, bool isSigned) =>
        isSigned && result is RouteResult.Found found
            ? found with { Route = found.Route with { Security = new RouteSecurity { HostsAreCertain = true } } }
            : result;

    private RouteResult FromMx(string domain, ImmutableArray<MxRecord> answer, DateTimeOffset validUntil)
    {
        // RFC 7505 §3: a null MX counts only when it stands alone; beside others it is ignored.
        var records = answer.Where(record => !record.IsNull).OrderBy(record => record.Preference).ToList();
        if (records.Count == 0) return new RouteResult.None(TakesNoMail);
        // RFC 5321 §5.1: from our own name on, these hosts would send the mail back to us.
        var own = records.FindIndex(record => record.Host.Equals(options.HostName, StringComparison.OrdinalIgnoreCase));
        if (own >= 0)
        {
            var preference = records[own].Preference;
            records.RemoveAll(record => record.Preference >= preference);
        }
        if (records.Count == 0) return new RouteResult.None(LeadsToUs);
        var hosts = records
            .DistinctBy(record => record.Host, StringComparer.OrdinalIgnoreCase)
            .Take(MaxHosts)
            .Select(record => new RouteHost(record.Host.ToLowerInvariant(), options.MxPort, record.Preference))
            .ToImmutableArray();
        return Found(domain, hosts, validUntil);
    }

    // The implicit MX, RFC 5321 §5.1: only after a complete answer that there is none.
    private async ValueTask<RouteResult> FromAddressAsync(
        string domain, DateTimeOffset validUntil, DomainMemory memory, CancellationToken cancel)
    {
        var four = await resolver.FindIPv4Async(domain, cancel);
        if (four is DnsAnswer<IPAddress>.Failed failedFour)
            return NameServiceFailed($"A of {domain}: {failedFour.Why}");
        var six = four is DnsAnswer<IPAddress>.Found ? four : await resolver.FindIPv6Async(domain, cancel);
        if (six is DnsAnswer<IPAddress>.Failed failedSix)
            return NameServiceFailed($"AAAA of {domain}: {failedSix.Why}");
        if (six is not DnsAnswer<IPAddress>.Found) return NoSuchDomain(domain, memory);
        memory.DomainExists();
        return Found(domain, [new RouteHost(domain, options.MxPort, 0)], validUntil);
    }

    private RouteResult.None NoSuchDomain(string domain, DomainMemory memory)
    {
        var now = clock.GetUtcNow();
        var wait = memory.MissingSince(now) + SecondOpinion - now;
        if (wait <= TimeSpan.Zero)
        {
            return new RouteResult.None(new DeliveryOutcome.Failed(
                FailureReason.NoSuchDomain, new EnhancedStatus(5, 1, 2), null, $"the domain {domain} does not exist"));
        }
        return new RouteResult.None(
            new DeliveryOutcome.Deferred(
                DeferralReason.Dns, new EnhancedStatus(4, 4, 4), null, $"the domain {domain} does not seem to exist",
                false),
            wait);
    }

    private RouteResult.Found Found(string domain, ImmutableArray<RouteHost> hosts, DateTimeOffset validUntil)
    {
        var ofHosts = options.Packs.FindByHosts(hosts.Select(host => host.Name));
        var ofDomain = ofHosts is null ? options.Packs.FindByDomain(domain) : null;
        // Of domains with the same hosts some may be a provider's by name only: a site has one provider.
        var site = ofDomain is null ? SiteName(hosts) : $"{ofDomain.Name}: {SiteName(hosts)}";
        return new RouteResult.Found(
            new Route
            {
                Site = site,
                Provider = ofHosts ?? ofDomain ?? options.Packs.Default,
                Hosts = hosts,
                Tls = TlsLevel.Opportunistic,
                Limits = LaneLimits.Default,
            },
            validUntil);
    }

    // Sorted, so that domains of one provider meet; by preference, so that a backup never counts as the best.
    private static string SiteName(ImmutableArray<RouteHost> hosts) => string.Join(
        " > ",
        hosts.GroupBy(host => host.Preference).OrderBy(group => group.Key).Select(
            group => string.Join(", ", group.Select(host => host.Name).Order(StringComparer.Ordinal))));

    private static RouteResult.None NameServiceFailed(string what) => Defer(DeferralReason.Dns, 4, 3, what);

    private static RouteResult.None Defer(DeferralReason reason, short subject, short detail, string text) =>
        new(new DeliveryOutcome.Deferred(
            reason, new EnhancedStatus(4, subject, detail), null, text, MayBeDuplicated: false));
}
