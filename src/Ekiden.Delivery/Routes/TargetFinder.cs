using System.Collections.Immutable;
using System.Net;
using Ekiden.Delivery.Security;
using Ekiden.Dns;
using Ekiden.Mail;

namespace Ekiden.Delivery.Routes;

/// <summary>
/// The addresses of a route's hosts in the order in which to try them, each judged by <see cref="TargetFilter"/> at the
/// time of connecting (reliability.md I-R6).
/// </summary>
internal sealed class TargetFinder(
    TargetFilter filter, IResolver resolver, Random random, DomainPolicies? policies = null)
{
    // reliability.md I-R4.
    private const int MaxAddressesPerHost = 10;

    /// <summary>Where to connect for <paramref name="route"/>, or why nowhere.</summary>
    /// <param name="route">Whose hosts.</param>
    /// <param name="useIPv6">The source may send by IPv6.</param>
    /// <param name="cancel">Ends the wait for the name service.</param>
    public async ValueTask<TargetResult> FindAsync(Route route, bool useIPv6, CancellationToken cancel)
    {
        var search = new Search(route, filter);
        foreach (var host in InOrder(route.Hosts))
        {
            // RFC 5321 §5.1: behind the host that is ourselves nothing may be tried.
            if (search.IsClosedTo(host)) continue;
            var verdict = policies is null
                ? new HostVerdict.Connect(HostSecurity.Of(route.Tls))
                : await policies.JudgeAsync(route, host, cancel);
            if (!search.Takes(host, verdict)) continue;
            if (host.Address is { } known)
            {
                search.Add(host, known);
                continue;
            }
            search.Add(host, await resolver.FindIPv4Async(host.Name, cancel), this);
            if (useIPv6) search.Add(host, await resolver.FindIPv6Async(host.Name, cancel), this);
        }
        return search.Result();
    }

    private IEnumerable<RouteHost> InOrder(ImmutableArray<RouteHost> hosts) =>
        hosts.Length == 1 ? hosts : Shuffled(hosts).OrderBy(host => host.Preference);

    private T[] Shuffled<T>(IEnumerable<T> items)
    {
        var array = items.ToArray();
        if (array.Length > 1) lock (random) random.Shuffle(array);
        return array;
    }

    private sealed class Search(Route route, TargetFilter filter)
    {
        private readonly List<Target> _targets = [];
        private int _closedFrom = int.MaxValue;
        private readonly List<RefusedHost> _refused = [];
        private HostSecurity _security = HostSecurity.Of(route.Tls);
        private bool _prohibited;
        private string? _failure;

        public bool IsClosedTo(RouteHost host) => host.Preference >= _closedFrom;

        /// <summary>May the host be connected to? Its addresses are added next.</summary>
        public bool Takes(RouteHost host, HostVerdict verdict)
        {
            if (verdict is HostVerdict.Refuse refuse) _refused.Add(new RefusedHost(host.Name, refuse));
            if (verdict is not HostVerdict.Connect connect) return false;
            _security = connect.Security;
            return true;
        }

        public void Add(RouteHost host, DnsAnswer<IPAddress> answer, TargetFinder finder)
        {
            if (answer is DnsAnswer<IPAddress>.Failed failed) _failure = $"{host.Name}: {failed.Why}";
            if (answer is not DnsAnswer<IPAddress>.Found found) return;
            // A host with many addresses: another order every time, as for hosts of equal preference.
            foreach (var address in finder.Shuffled(found.Records.Take(MaxAddressesPerHost))) Add(host, address);
        }

        public void Add(RouteHost host, IPAddress address)
        {
            var endPoint = new IPEndPoint(address, host.Port);
            switch (filter.Judge(endPoint, route.IsStatic))
            {
                case TargetVerdict.Allowed:
                    _targets.Add(new Target(host.Name, endPoint, host.Preference, _security));
                    break;
                case TargetVerdict.Own:
                    _closedFrom = Math.Min(_closedFrom, host.Preference);
                    _targets.RemoveAll(target => target.Preference >= _closedFrom);
                    break;
                default:
                    _prohibited = true;
                    break;
            }
        }

        public TargetResult Result()
        {
            if (_targets.Count > 0) return new TargetResult.Found([.. _targets], [.. _refused]);
            // A host that could not be resolved may be the usable one: no verdict yet.
            if (_failure is not null) return new TargetResult.None(Deferred(3, _failure));
            if (_refused is [.., var last]) return new TargetResult.None(last.Verdict.Outcome, [.. _refused]);
            if (_closedFrom < int.MaxValue)
                return new TargetResult.None(Prohibited(6, "mail for the domain leads back to this server"));
            if (_prohibited)
            {
                return new TargetResult.None(Prohibited(
                    4, "every host of the domain has an address that mail may not go to"));
            }
            return new TargetResult.None(Deferred(4, $"no host of {route.Site} has an address that we can use"));
        }

        private static DeliveryOutcome.Failed Prohibited(short detail, string text) =>
            new(FailureReason.ProhibitedTarget, new EnhancedStatus(5, 4, detail), null, text);

        private static DeliveryOutcome.Deferred Deferred(short detail, string text) =>
            new(DeferralReason.Dns, new EnhancedStatus(4, 4, detail), null, text, MayBeDuplicated: false);
    }
}

/// <summary>One address to try.</summary>
/// <param name="HostName">The host it belongs to: for TLS and logs.</param>
/// <param name="Address">Address and port.</param>
/// <param name="Preference">Of its host.</param>
/// <param name="Security">What the connection must have.</param>
internal sealed record Target(string HostName, IPEndPoint Address, int Preference, HostSecurity Security);

/// <summary>A host that its domain's policy keeps us from.</summary>
internal sealed record RefusedHost(string Name, HostVerdict.Refuse Verdict);

/// <summary>What came of looking for addresses.</summary>
internal abstract record TargetResult
{
    private TargetResult() { } // closed: every case is below

    /// <summary>At least one, best first.</summary>
    public sealed record Found(ImmutableArray<Target> Targets, ImmutableArray<RefusedHost> Refused) : TargetResult;

    /// <summary>None: the outcome for everybody who waits for this route.</summary>
    public sealed record None(DeliveryOutcome Outcome, ImmutableArray<RefusedHost> Refused) : TargetResult
    {
        /// <summary>None, whatever the policies.</summary>
        public None(DeliveryOutcome outcome) : this(outcome, []) { }
    }
}
