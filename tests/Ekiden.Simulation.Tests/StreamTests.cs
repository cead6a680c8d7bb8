namespace Ekiden.Simulation.Tests;

/// <summary>Mass mail beside other mail, in one lane and over a restart.</summary>
public sealed class StreamTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly Refusal TooMany = new(421, "4.3.2", "Too many connections");

    // DESIGN §10: transactional mail to the same receiver (6 connections, 20 messages a second) as a campaign.
    [Fact]
    public void A_campaign_to_the_same_receiver_does_not_hold_up_a_password_reset()
    {
        var scenario = new Scenario("campaign");
        scenario.Receiver.Rules.Add(new ConnectionRule(6, TooMany));
        scenario.Receiver.Rules.Add(new BucketRule(20, 20));
        var sender = scenario.AddSender();
        sender.KeepSending(5000, "anna@d.test", stream: "bulk");
        scenario.Time.RunUntil(10 * Minute);
        for (var i = 0; i < 1200; i++)
            scenario.Time.After(TimeSpan.FromSeconds(i), _ => sender.Send("berta@d.test", "reset@sender.test"));
        scenario.Time.RunUntil(35 * Minute);
        var latencies = sender.By["transactional"].Latencies.Order().ToList();
        var bulk = sender.By["bulk"].Taken(10 * Minute, 30 * Minute) / 1200.0;
        output.WriteLine($"p50 {latencies[600]}, p99 {latencies[1188]}, worst {latencies[^1]}; bulk {bulk}/s");
        Assert.Equal(1200, latencies.Count);
        Assert.InRange(latencies[1188], TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.InRange(latencies[^1], TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.InRange(bulk, 14, 19);
    }

    [Fact]
    public void Bulk_flows_while_other_mail_never_ends()
    {
        var scenario = new Scenario("saturated");
        scenario.Receiver.Rules.Add(new ConnectionRule(5, TooMany));
        var sender = scenario.AddSender();
        sender.KeepSending(500, "anna@d.test", stream: "bulk");
        sender.KeepSending(500, "anna@d.test");
        scenario.Time.RunUntil(30 * Minute);
        var bulk = (double)sender.By["bulk"].Taken(default, 30 * Minute) / sender.All.Taken(default, 30 * Minute);
        Assert.InRange(bulk, 0.05, 0.08);
    }

    // Issue 3: fair share within 10 %.
    [Fact]
    public void Accounts_share_a_lane_fairly()
    {
        var scenario = new Scenario("fair");
        scenario.Receiver.Rules.Add(new BucketRule(30, 30));
        var sender = scenario.AddSender();
        sender.KeepSending(2000, "anna@d.test", "info@a.test", account: "a");
        sender.KeepSending(50, "anna@d.test", "info@b.test", account: "b");
        sender.KeepSending(50, "anna@d.test", "info@c1.test", account: "c");
        sender.KeepSending(50, "anna@d.test", "info@c2.test", account: "c");
        scenario.Time.RunUntil(30 * Minute);
        var all = sender.All.Taken(default, 30 * Minute);
        foreach (var account in (string[])["a", "b", "c"])
            Assert.InRange(sender.By[account].Taken(default, 30 * Minute), all * 0.3, all * 0.37);
    }

    // Issue 3, item 2: one brand's domain quota never slows another tenant.
    [Fact]
    public void A_domain_with_a_quota_of_its_own_gets_it_and_the_other_tenant_everything_else()
    {
        var (name, run) = Scenarios.All.Single(one => one.Name.StartsWith("2 a second for", StringComparison.Ordinal));
        var result = run(name);
        Assert.InRange(result.Phases[0].Reached, 98, 101);
        var brand = result.Senders[0].By["brand"];
        Assert.InRange(brand.Taken(20 * Minute, 60 * Minute) / 2400.0, 1.8, 2.1);
    }

    [Fact]
    public void What_was_learned_survives_a_restart()
    {
        var before = new Scenario("before");
        before.Receiver.Rules.Add(new BucketRule(20, 20));
        var first = before.AddSender();
        first.KeepSending(200, "anna@d.test");
        before.Time.RunUntil(20 * Minute);
        var learned = first.Service.Lanes.Single();
        Assert.InRange(learned.Learned.Rate!.Value, 18, 22);

        var after = new Scenario("after");
        after.Receiver.Rules.Add(new BucketRule(20, 20));
        var second = after.AddSender(remembered: [new(learned.Source, learned.Site, learned.Learned)]);
        second.KeepSending(200, "anna@d.test");
        after.Time.RunUntil(Minute);
        Assert.Equal(0, second.All.Deferred(default, Minute));
        Assert.InRange(second.All.Taken(default, Minute), 19 * 60, 20 * 61);
    }

    // Issue 3, item 3: a destination that stalls holds up no other.
    [Fact]
    public void Black_holes_and_tarpits_leave_the_rest_its_rate()
    {
        var scenario = new Scenario("stalls");
        scenario.Resolver.Zone = Testing.FakeDnsZone.Parse(
            [.. Enumerable.Range(0, 250).SelectMany(i => new[]
                { $"s{i}.test MX 10 mx{i}.test", $"mx{i}.test A 198.41.{i / 100}.{(i % 100) + 1}" }),
            "d.test MX 10 mx.test", "mx.test A 198.41.5.9"]);
        for (var i = 0; i < 250; i++)
        {
            scenario.Others[$"mx{i}.test"] = new Receiver(scenario.Time)
            {
                Greeting = i < 200 ? TimeSpan.FromMinutes(5) : TimeSpan.FromSeconds(30),
                Reply = TimeSpan.FromSeconds(60),
            };
        }
        var sender = scenario.AddSender(Sender.Options() with { MaxConnections = 400 });
        sender.KeepSending(200, "anna@d.test");
        for (var i = 0; i < 250; i++)
        {
            for (var n = 0; n < 20; n++) sender.Send($"anna@s{i}.test", "info@stalled.test");
        }
        scenario.Time.RunUntil(10 * Minute);
        // 20 connections of 5 mails a second at the least; more are opened where nothing is refused.
        Assert.True(sender.By["sender.test"].Taken(Minute, 10 * Minute) / 540.0 > 95);
    }
}
