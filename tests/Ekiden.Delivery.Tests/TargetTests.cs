using System.Net;
using Ekiden.Delivery.Routes;
using Ekiden.Mail;
using Ekiden.Testing;

namespace Ekiden.Delivery.Tests;

public sealed class TargetTests
{
    // Whoever reads the log looks for where it should have gone.
    [Fact]
    public async Task An_outcome_without_a_route_names_the_domain()
    {
        await using var world = new DeliveryWorld(DeliveryWorld.ByMx());
        world.Resolver.Zone = FakeDnsZone.Parse(["example.net MX 0 ."]);
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        await world.Service.StopAsync();
        var line = Assert.Single(world.Log.Lines, line => line.StartsWith("failed ", StringComparison.Ordinal));
        Assert.Contains(" by example.net at connect ", line, StringComparison.Ordinal);
    }

    // reliability.md I-R6, F-R2.
    [Theory]
    [InlineData("127.0.0.1", "5.4.4")]
    [InlineData("10.0.0.9", "5.4.4")]
    [InlineData("169.254.169.254", "5.4.4")]
    [InlineData("192.168.1.1", "5.4.4")]
    [InlineData("203.0.113.7", "5.4.4")]
    [InlineData("198.41.0.99", "5.4.6")]
    public async Task A_domain_that_leads_to_a_prohibited_address_fails_without_a_connection(
        string address, string status)
    {
        await using var world = World($"d.test MX 10 mx.d.test", $"mx.d.test A {address}");
        world.Accept("anna@d.test");
        await world.ResultsAsync(1);
        var failed = Assert.IsType<DeliveryOutcome.Failed>(world.Outcomes.First());
        Assert.Equal(FailureReason.ProhibitedTarget, failed.Reason);
        Assert.Equal(status, failed.Status.ToString());
        Assert.DoesNotContain(world.Servers.Connects, target => target.HostName == "mx.d.test");
        Assert.Single(world.Notices);
    }

    [Fact]
    public async Task Of_several_addresses_the_allowed_ones_are_used()
    {
        await using var world = World("d.test MX 10 mx.d.test", "mx.d.test A 10.0.0.9", "mx.d.test A 198.41.0.4");
        world.Accept("anna@d.test");
        await world.ResultsAsync(1);
        Assert.Equal("198.41.0.4", Assert.Single(world.Servers.Connects).Address.Address.ToString());
    }

    // RFC 5321 §5.1.
    [Fact]
    public async Task Behind_a_host_that_is_ourselves_nothing_is_tried()
    {
        await using var world = World(
            "d.test MX 10 us.test", "d.test MX 20 other.test", "us.test A 198.41.0.99", "other.test A 198.41.0.4");
        world.Accept("anna@d.test");
        await world.ResultsAsync(1);
        Assert.Equal("5.4.6", Assert.IsType<DeliveryOutcome.Failed>(world.Outcomes.First()).Status.ToString());
    }

    [Fact]
    public async Task A_host_before_ourselves_is_used()
    {
        await using var world = World(
            "d.test MX 10 other.test", "d.test MX 20 us.test", "us.test A 198.41.0.99", "other.test A 198.41.0.4");
        world.Accept("anna@d.test");
        await world.ResultsAsync(1);
        Assert.Equal("other.test", Assert.Single(world.Servers.Connects).HostName);
    }

    // I-R1, and test idea T12: one missing host is not the failure of the domain.
    [Theory]
    [InlineData("first.test A !SERVFAIL")]
    [InlineData("first.test TXT nothing")]
    public async Task A_host_without_an_address_is_passed_over(string first)
    {
        await using var world = World(
            "d.test MX 10 first.test", "d.test MX 20 second.test", first, "second.test A 198.41.0.4");
        world.Accept("anna@d.test");
        await world.ResultsAsync(1);
        Assert.Equal("second.test", Assert.Single(world.Servers.Connects).HostName);
    }

    [Theory]
    [InlineData("mx.d.test A !SERVFAIL", "4.4.3")]
    [InlineData("mx.d.test TXT nothing", "4.4.4")]
    public async Task When_no_host_has_an_address_mail_waits(string line, string status)
    {
        await using var world = World("d.test MX 10 mx.d.test", line);
        world.Accept("anna@d.test");
        await world.ResultsAsync(1);
        Assert.Equal(status, Assert.IsType<DeliveryOutcome.Deferred>(world.Outcomes.Single()).Status.ToString());
    }

    [Theory]
    [InlineData("127.0.0.0/8", "127.0.0.1", 2525, true)]
    [InlineData("10.0.0.0/8", "127.0.0.1", 2525, false)]
    [InlineData("127.0.0.0/8", "127.0.0.1", 25, false)] // our own listener, whatever is allowed
    public void Allowed_networks_are_allowed_except_for_our_own_listeners(
        string allowed, string address, int port, bool isAllowed)
    {
        var filter = new TargetFilter(new RouteOptions
        {
            HostName = "relay.test",
            AllowTargets = [IPNetwork.Parse(allowed)],
            Listeners = [new IPEndPoint(IPAddress.Any, 25)],
            OwnAddresses = [IPAddress.Parse("198.41.0.99")],
        });
        var verdict = filter.Judge(new IPEndPoint(IPAddress.Parse(address), port), isStatic: false);
        Assert.Equal(isAllowed, verdict == Dns.TargetVerdict.Allowed);
    }

    [Theory]
    [InlineData("127.0.0.1", 2525, true)]
    [InlineData("10.1.2.3", 25, true)]
    [InlineData("127.0.0.1", 25, false)]
    [InlineData("198.41.0.99", 25, false)]
    public void A_static_route_may_lead_anywhere_but_to_ourselves(string address, int port, bool isAllowed)
    {
        var filter = new TargetFilter(new RouteOptions
        {
            HostName = "relay.test",
            Listeners = [new IPEndPoint(IPAddress.Any, 25)],
            OwnAddresses = [IPAddress.Parse("198.41.0.99")],
        });
        var verdict = filter.Judge(new IPEndPoint(IPAddress.Parse(address), port), isStatic: true);
        Assert.Equal(isAllowed, verdict == Dns.TargetVerdict.Allowed);
    }

    // DESIGN §11: IPv6 only from a source whose address has a confirmed PTR.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Mail_goes_by_ipv6_only_from_a_confirmed_source(bool isConfirmed)
    {
        var source = IPAddress.Parse("2a00:1450::25");
        var options = DeliveryWorld.ByMx();
        await using var world = new DeliveryWorld(
            options with
            {
                Routes =
                options.Routes with { Sources = [new EgressSource("one", "out.test", null, source)] }
            }, starts: false);
        var lines = new List<string> { "d.test MX 10 mx.d.test", "mx.d.test AAAA 2a00:1450::1" };
        if (isConfirmed) lines.AddRange([$"{Dns.ReverseName.Of(source)} PTR out.test", "out.test AAAA 2a00:1450::25"]);
        world.Resolver.Zone = FakeDnsZone.Parse([.. lines]);
        world.Service.Start();
        world.Accept("anna@d.test");
        await world.ResultsAsync(1);
        Assert.Equal(isConfirmed, world.Outcomes.Single() is DeliveryOutcome.Delivered);
        if (isConfirmed) Assert.Equal(source, world.Servers.Connects.Single().LocalAddress);
    }

    private static DeliveryWorld World(params string[] zone)
    {
        var options = DeliveryWorld.ByMx();
        var world = new DeliveryWorld(options with
        {
            Routes = options.Routes with { OwnAddresses = [IPAddress.Parse("198.41.0.99")] },
        });
        world.Resolver.Zone = FakeDnsZone.Parse(zone);
        return world;
    }
}
