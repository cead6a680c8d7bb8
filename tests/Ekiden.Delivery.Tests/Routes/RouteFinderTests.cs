using System.Net;
using Ekiden.Delivery.Routes;
using Ekiden.Mail;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Delivery.Tests.Routes;

public sealed class RouteFinderTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly DomainMemory _memory = new();

    [Fact]
    public async Task Mx_hosts_come_by_preference()
    {
        var route = await FoundAsync("d.test MX 20 second.test", "d.test MX 10 first.test");
        Assert.Equal(["first.test", "second.test"], route.Hosts.Select(host => host.Name));
        Assert.All(route.Hosts, host => Assert.Equal(25, host.Port));
    }

    // delivery.md Q1.
    [Fact]
    public async Task Domains_with_the_same_mx_hosts_are_one_site()
    {
        var resolver = new FakeResolver(
            "a.test MX 10 x.test", "a.test MX 10 y.test", "b.test MX 5 y.test", "b.test MX 5 x.test");
        var finder = new RouteFinder(new RouteOptions { HostName = "relay.test" }, resolver, _clock);
        var a = Assert.IsType<RouteResult.Found>(
            await finder.FindAsync("a.test", new DomainMemory(), CancellationToken.None));
        var b = Assert.IsType<RouteResult.Found>(
            await finder.FindAsync("b.test", new DomainMemory(), CancellationToken.None));
        Assert.Equal(a.Route.Site, b.Route.Site);
    }

    // RFC 5321 §5.1.
    [Fact]
    public async Task A_domain_without_mx_is_its_own_host() =>
        Assert.Equal("d.test", Assert.Single((await FoundAsync("d.test A 192.0.2.1")).Hosts).Name);

    // RFC 7505.
    [Fact]
    public async Task A_null_mx_fails() =>
        Assert.Equal("5.1.10", (await FailedAsync("d.test MX 0 .")).Status.ToString());

    [Fact]
    public async Task A_null_mx_beside_others_is_ignored() =>
        Assert.Equal("mx.test", Assert.Single((await FoundAsync("d.test MX 0 .", "d.test MX 10 mx.test")).Hosts).Name);

    // reliability.md I-R1.
    [Theory]
    [InlineData("!SERVFAIL")]
    [InlineData("!REFUSED")]
    [InlineData("!TIMEOUT")]
    [InlineData("!TRUNCATED")]
    [InlineData("!MALFORMED")]
    public async Task Trouble_with_mx_defers_and_the_address_is_never_asked_for(string trouble)
    {
        var resolver = new FakeResolver($"d.test MX {trouble}", "d.test A 198.51.100.9");
        var result = await FindAsync(resolver);
        var deferred = Assert.IsType<DeliveryOutcome.Deferred>(Assert.IsType<RouteResult.None>(result).Outcome);
        Assert.Equal("4.4.3", deferred.Status.ToString());
        Assert.Equal(["d.test MX"], resolver.Questions);
    }

    [Fact]
    public async Task A_domain_that_does_not_exist_fails_after_two_answers_15_minutes_apart()
    {
        var resolver = new FakeResolver("other.test A 192.0.2.1");
        var first = Assert.IsType<RouteResult.None>(await FindAsync(resolver));
        Assert.IsType<DeliveryOutcome.Deferred>(first.Outcome);
        Assert.Equal(TimeSpan.FromMinutes(15), first.RetryAfter);
        _clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromTicks(1));
        Assert.IsType<DeliveryOutcome.Deferred>(Assert.IsType<RouteResult.None>(await FindAsync(resolver)).Outcome);
        _clock.Advance(TimeSpan.FromTicks(1));
        var failed = Assert.IsType<DeliveryOutcome.Failed>(
            Assert.IsType<RouteResult.None>(await FindAsync(resolver)).Outcome);
        Assert.Equal("5.1.2", failed.Status.ToString());
    }

    [Fact]
    public async Task An_answer_in_between_begins_the_15_minutes_anew()
    {
        await FindAsync(new FakeResolver("other.test A 192.0.2.1"));
        _clock.Advance(TimeSpan.FromMinutes(10));
        await FindAsync(new FakeResolver("d.test A 192.0.2.1"));
        _clock.Advance(TimeSpan.FromMinutes(10));
        var result = await FindAsync(new FakeResolver("other.test A 192.0.2.1"));
        Assert.IsType<DeliveryOutcome.Deferred>(Assert.IsType<RouteResult.None>(result).Outcome);
    }

    // RFC 5321 §5.1: ourselves, and everything of equal or worse preference, is left out.
    [Fact]
    public async Task From_our_own_name_on_mx_hosts_are_left_out()
    {
        var route = await FoundAsync("d.test MX 10 best.test", "d.test MX 20 relay.test", "d.test MX 20 equal.test",
            "d.test MX 30 worse.test");
        Assert.Equal("best.test", Assert.Single(route.Hosts).Name);
    }

    [Fact]
    public async Task A_domain_whose_best_mx_is_ourselves_fails()
    {
        var failed = await FailedAsync("d.test MX 10 relay.test", "d.test MX 20 worse.test");
        Assert.Equal("5.4.6", failed.Status.ToString());
    }

    [Theory]
    [InlineData(20, 20)]
    [InlineData(21, 20)]
    public async Task At_most_20_mx_hosts_are_used(int hosts, int used)
    {
        var route = await FoundAsync([.. Enumerable.Range(1, hosts).Select(i => $"d.test MX {i} mx{i}.test")]);
        Assert.Equal(used, route.Hosts.Length);
    }

    [Theory]
    [InlineData("d.test", "d.test", true)]
    [InlineData("D.Test", "d.test", true)]
    [InlineData("*.d.test", "a.d.test", true)]
    [InlineData("*.d.test", "a.b.d.test", true)]
    [InlineData("*.d.test", "d.test", false)]
    [InlineData("*.d.test", "evil-d.test", false)]
    [InlineData("*", "anything.test", true)]
    [InlineData("d.test", "a.d.test", false)]
    public void A_static_route_matches(string match, string domain, bool expected) =>
        Assert.Equal(expected, new StaticRoute { Match = match }.Matches(domain));

    [Fact]
    public async Task The_first_static_route_wins_and_no_name_is_asked_for()
    {
        var resolver = new FakeResolver();
        var settings = new RouteOptions
        {
            HostName = "relay.test",
            Routes = [Route("*.d.test", "10.0.0.1", 2525), Route("*", "smarthost.test", 587)],
        };
        var finder = new RouteFinder(settings, resolver, _clock);
        var inside = Assert.IsType<RouteResult.Found>(
            await finder.FindAsync("a.d.test", _memory, CancellationToken.None)).Route;
        var outside = Assert.IsType<RouteResult.Found>(
            await finder.FindAsync("b.test", _memory, CancellationToken.None)).Route;
        Assert.Equal(IPAddress.Parse("10.0.0.1"), inside.Hosts.Single().Address);
        Assert.Equal(2525, inside.Hosts.Single().Port);
        Assert.Null(outside.Hosts.Single().Address);
        Assert.NotEqual(inside.Site, outside.Site);
        Assert.Empty(resolver.Questions);
    }

    // DESIGN M4: no outside server is asked.
    [Fact]
    public async Task A_local_domain_without_a_route_waits()
    {
        var resolver = new FakeResolver("d.test MX 10 mx.test");
        var settings = new RouteOptions { HostName = "relay.test", LocalDomains = ["d.test"] };
        var result = await new RouteFinder(settings, resolver, _clock)
            .FindAsync("d.test", _memory, CancellationToken.None);
        var deferred = Assert.IsType<DeliveryOutcome.Deferred>(Assert.IsType<RouteResult.None>(result).Outcome);
        Assert.Equal(DeferralReason.Local, deferred.Reason);
        Assert.Empty(resolver.Questions);
    }

    // delivery.md §1 and Q1: thousands of domains behind one provider are one site, with that provider's limits.
    [Theory]
    [InlineData("d.test MX 10 aspmx.l.google.com", "gmail")]
    [InlineData("d.test MX 10 mx.d.test", "default")]
    [InlineData("d.test A 192.0.2.1", "default")]
    public async Task A_route_names_the_provider_of_its_hosts(string zone, string provider) =>
        Assert.Equal(provider, (await FoundAsync(zone)).Provider.Name);

    [Fact]
    public async Task A_provider_s_own_domain_with_hosts_of_other_names_is_a_site_apart()
    {
        var finder = new RouteFinder(
            new RouteOptions { HostName = "relay.test" },
            new FakeResolver("gmail.com MX 10 mx.test", "d.test MX 10 mx.test"), _clock);

        var own = Assert.IsType<RouteResult.Found>(
            await finder.FindAsync("gmail.com", new DomainMemory(), CancellationToken.None)).Route;
        var other = Assert.IsType<RouteResult.Found>(
            await finder.FindAsync("d.test", new DomainMemory(), CancellationToken.None)).Route;

        Assert.Equal(("gmail", "default"), (own.Provider.Name, other.Provider.Name));
        Assert.NotEqual(own.Site, other.Site);
    }

    [Theory]
    [InlineData("docomo.ne.jp", "docomo")]
    [InlineData("*.docomo.ne.jp", "docomo")]
    [InlineData("*", "default")]
    public void A_static_route_has_the_provider_that_it_is_for(string match, string provider)
    {
        var finder = new RouteFinder(
            new RouteOptions { HostName = "relay.test", Routes = [Route(match, "192.0.2.1", 25)] },
            new FakeResolver(), _clock);

        var found = Assert.IsType<RouteResult.Found>(
            finder.FindKnown("a.docomo.ne.jp") ?? finder.FindKnown("docomo.ne.jp"));

        Assert.Equal(provider, found.Route.Provider.Name);
    }

    private static StaticRoute Route(string match, string host, int port) =>
        new() { Match = match, Hosts = [new RouteTarget(host, port)] };

    private ValueTask<RouteResult> FindAsync(FakeResolver resolver) =>
        new RouteFinder(new RouteOptions { HostName = "relay.test" }, resolver, _clock)
            .FindAsync("d.test", _memory, CancellationToken.None);

    private async Task<Route> FoundAsync(params string[] zone) =>
        Assert.IsType<RouteResult.Found>(await FindAsync(new FakeResolver(zone))).Route;

    private async Task<DeliveryOutcome.Failed> FailedAsync(params string[] zone) =>
        Assert.IsType<DeliveryOutcome.Failed>(
            Assert.IsType<RouteResult.None>(await FindAsync(new FakeResolver(zone))).Outcome);
}
