using System.Collections.Immutable;
using Ekiden.Delivery.Routes;
using Ekiden.Delivery.Security.Dane;
using Ekiden.Delivery.Security.MtaSts;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Security;

/// <summary>
/// What domains, and their hosts, ask of connections. DANE counts before MTA-STS (RFC 8461 §2), and neither makes less
/// of what the settings ask.
/// </summary>
internal sealed class DomainPolicies(StsPolicies? sts, TlsaFinder tlsa, TimeProvider clock)
{
    /// <summary>What the domain asks; with until when that holds.</summary>
    /// <param name="domain">In lower case and A-label form.</param>
    /// <param name="hosts">Its hosts.</param>
    /// <param name="isSigned">DNSSEC vouches for the hosts' names.</param>
    /// <param name="cancel">Ends the wait for DNS and HTTPS.</param>
    public async ValueTask<(RouteSecurity Security, DateTimeOffset ValidUntil)> FindAsync(
        string domain, ImmutableArray<RouteHost> hosts, bool isSigned, CancellationToken cancel)
    {
        var security = new RouteSecurity { HostsAreCertain = isSigned };
        var validUntil = DateTimeOffset.MaxValue;
        if (sts is not null)
        {
            var found = await sts.FindAsync(domain, cancel);
            security = security with { Sts = found.Policy };
            validUntil = found.ValidUntil;
        }
        if (isSigned)
        {
            foreach (var host in hosts)
            {
                // whatever a look-up that fails hides is asked for again before connecting
                if (await tlsa.FindAsync(host, cancel) is TlsaResult.None) continue;
                security = security with { UsesDane = true };
                break;
            }
            // hosts may get TLSA records at any time
            validUntil = Min(validUntil, clock.GetUtcNow() + TimeSpan.FromHours(1));
        }
        return (security.For(hosts.Select(host => host.Name)), validUntil);
    }

    /// <summary>Whether, and how, to connect to a host of a route; asked at every attempt.</summary>
    public async ValueTask<HostVerdict> JudgeAsync(Route route, RouteHost host, CancellationToken cancel)
    {
        if (route.Security.UsesDane)
        {
            switch (await tlsa.FindAsync(host, cancel))
            {
                case TlsaResult.Failed failed:
                    return Refuse(
                        new EnhancedStatus(4, 7, 5), $"{host.Name}: its TLSA records cannot be had: {failed.Why}",
                        PolicyKind.Tlsa);
                case TlsaResult.Usable usable:
                    return new HostVerdict.Connect(new HostSecurity(TlsLevel.Verified, PolicyKind.Tlsa)
                    {
                        Judge = new DaneJudge(usable.Records, usable.Names, clock),
                    });
                case TlsaResult.Unusable:
                    // RFC 7672 §2.2: encrypted, by whomever; a policy of the domain may still ask for more
                    return JudgeBySts(route, host, AtLeast(route.Tls, TlsLevel.Required), PolicyKind.Tlsa);
            }
        }
        return JudgeBySts(route, host, route.Tls, PolicyKind.None);
    }

    private static HostVerdict JudgeBySts(Route route, RouteHost host, TlsLevel level, PolicyKind otherwise)
    {
        if (route.Security.Sts is not { } policy) return new HostVerdict.Connect(new HostSecurity(level, otherwise));
        var isNamed = policy.Names(host.Name);
        if (policy.Mode == StsMode.Testing)
        {
            return new HostVerdict.Connect(new HostSecurity(level, PolicyKind.Sts)
            {
                NotesCertificate = true,
                IsUnnamed = !isNamed,
            });
        }
        return isNamed
            ? new HostVerdict.Connect(new HostSecurity(TlsLevel.Verified, PolicyKind.Sts))
            : Refuse(
                new EnhancedStatus(4, 7, 0), $"{host.Name} is not in the MTA-STS policy of the domain", PolicyKind.Sts);
    }

    private static HostVerdict.Refuse Refuse(EnhancedStatus status, string text, PolicyKind policy) => new(
        new DeliveryOutcome.Deferred(DeferralReason.Tls, status, null, text, MayBeDuplicated: false), policy);

    private static TlsLevel AtLeast(TlsLevel level, TlsLevel least) => level > least ? level : least;

    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
