using Ekiden.Delivery.Providers;

namespace Ekiden.Simulation.Tests;

/// <summary>The receivers of issue 3, item 7: what limits there are in the world, one by one and together.</summary>
internal static class Scenarios
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly Refusal TooMany = new(421, "4.3.2", "Too many connections");

    private static readonly ReplyMeaning DomainTooFast =
        new(ReplyClass.Speeding, [LimitScope.DkimDomain], new RetryAdvice.SlowDown()) { Rule = "domains/dkim-rate" };

    /// <summary>All of them, in the order of the table.</summary>
    public static IReadOnlyList<(string Name, Func<string, ScenarioResult> Run)> All { get; } =
    [
        ("5 connections, the sixth greeted with 421", name => Run(name, Hour, s => Connections(s, 5, TooMany))),
        ("5 connections, the sixth refused", name => Run(name, Hour, s => Connections(s, 5, Refusal.NotListening))),
        ("5 connections, the sixth told at MAIL", name => Run(name, Hour, s =>
        {
            s.Receiver.Rules.Add(new ConnectionRule(5, TooMany, atMail: true));
            s.Allows(25);
        })),
        ("20 messages a second, 450 beyond", name => Run(name, Hour, s => Bucket(s, 20, 100))),
        ("2 messages a second, 450 beyond", name => Run(name, Hour, s => Bucket(s, 2, 20))),
        ("20 messages a connection, 10 connections", name => Run(name, Hour, s =>
        {
            s.Receiver.Rules.Add(new ConnectionRule(10, TooMany));
            s.Receiver.Rules.Add(new MessagesRule(20));
            s.Allows(10 / 0.205); // a reconnect of 100 ms for every 20 mails of 200 ms
        })),
        ("tarpit: 20 s to the greeting, 5 s a message", name => Run(name, 3 * Hour, s =>
        {
            s.Receiver.Greeting = TimeSpan.FromSeconds(20);
            s.Receiver.Reply = TimeSpan.FromSeconds(5);
            s.Receiver.Rules.Add(new ConnectionRule(20, TooMany));
            s.Allows(20 / 5.2);
        })),
        ("greylisting of every message", name => Run(name, 2 * Hour, s =>
        {
            // Every mail needs two of the 100 attempts a second that 20 connections carry.
            s.Receiver.Rules.Add(new ConnectionRule(20, TooMany));
            s.Receiver.Rules.Add(new GreylistRule());
            s.Allows(50);
        }, from: "*") with { IsDeferredByRule = true }),
        ("100,000 messages a day, 450 beyond", name => Run(name, 72 * Hour, s =>
        {
            s.Receiver.Rules.Add(new DailyRule(100_000));
            s.Allows(100_000 / 86_400.0);
        })),
        ("a disk that takes 40 a second", name => Run(name, Hour, s =>
        {
            s.Receiver.DiskPerSecond = 40;
            s.Allows(40);
        })),
        ("reset beyond 20 a second, for 20 s", name => Run(name, 3 * Hour, s =>
        {
            s.Receiver.Rules.Add(new ResetRule(20, TimeSpan.FromSeconds(20)));
            s.Allows(20);
            s.Allows(20, Hour);
        }) with { IsPunished = true }),
        ("blocked from 1 to 2 o'clock", name => Run(name, 3 * Hour, s =>
        {
            s.Receiver.Rules.Add(new ConnectionRule(20, TooMany));
            s.Receiver.Rules.Add(new BlockRule(Hour, 2 * Hour));
            s.Allows(100);
            s.Allows(0, Hour);
            s.Allows(100, 2 * Hour);
        })),
        ("5 connections, 15 from noon, 5 from one", name => Run(name, 3 * Hour, s =>
        {
            var rule = new ConnectionRule(5, TooMany);
            s.Receiver.Rules.Add(rule);
            s.Allows(25);
            s.Allows(75, Hour, () => rule.Most = 15);
            s.Allows(25, 2 * Hour, () => rule.Most = 5);
        })),
        ("20 a second, 60 from noon, 10 from one", name => Run(name, 3 * Hour, s =>
        {
            var rule = new BucketRule(20, 50);
            s.Receiver.Rules.Add(rule);
            s.Allows(20);
            s.Allows(60, Hour, () => rule.PerSecond = 60);
            s.Allows(10, 2 * Hour, () => rule.PerSecond = 10);
        })),
        ("ten domains behind one MX, 8 connections", TenDomains),
        ("one limit of 10 connections for two sources", TwoSources),
        ("2 a second for one sender's domain", OneDomain),
        ("locked out for 10 s, doubled each time", name => Run(name, 8 * Hour, s =>
        {
            s.Receiver.Rules.Add(new PenaltyRule(20, 40, TimeSpan.FromSeconds(10)));
            s.Allows(20);
            s.Allows(20, Hour);
        }) with { IsPunished = true }),
        ("takes 200 connections, and the pack says so", TwoHundred),
        ("200 sites with 30 messages a day", SmallSites),
        ("5 connections, 10 messages each, 15 a second", name => Run(name, Hour, s =>
        {
            s.Receiver.Rules.Add(new ConnectionRule(5, TooMany));
            s.Receiver.Rules.Add(new MessagesRule(10));
            s.Receiver.Rules.Add(new BucketRule(15, 50));
            s.Allows(15);
        })),
    ];

    private static ScenarioResult Run(
        string name, TimeSpan end, Action<Scenario> arrange, string from = "info@sender.test")
    {
        var scenario = new Scenario(name);
        arrange(scenario);
        scenario.AddSender().KeepSending(200, "anna@d.test", from);
        return scenario.Run(end);
    }

    private static void Connections(Scenario scenario, int most, Refusal refusal)
    {
        scenario.Receiver.Rules.Add(new ConnectionRule(most, refusal));
        scenario.Allows(most * 5);
    }

    private static void Bucket(Scenario scenario, double perSecond, double burst)
    {
        scenario.Receiver.Rules.Add(new BucketRule(perSecond, burst));
        scenario.Allows(perSecond);
    }

    private static ScenarioResult TenDomains(string name)
    {
        var scenario = new Scenario(name);
        Connections(scenario, 8, TooMany);
        scenario.Resolver.Zone = Testing.FakeDnsZone.Parse(
            [.. Enumerable.Range(0, 10).Select(i => $"d{i}.test MX 10 mx.test"), "mx.test A 198.41.0.4"]);
        var sender = scenario.AddSender();
        for (var i = 0; i < 10; i++) sender.KeepSending(50, $"anna@d{i}.test");
        return scenario.Run(Hour);
    }

    private static ScenarioResult TwoSources(string name)
    {
        var scenario = new Scenario(name);
        Connections(scenario, 10, TooMany);
        scenario.AddSender().KeepSending(200, "anna@d.test");
        scenario.AddSender(Sender.Options("198.51.100.2")).KeepSending(200, "anna@d.test");
        return scenario.Run(Hour);
    }

    // The brand with the quota gets it, and the other one everything else: 20 connections of 5 mails a second.
    private static ScenarioResult OneDomain(string name)
    {
        var scenario = new Scenario(name);
        scenario.Receiver.Rules.Add(new ConnectionRule(20, TooMany));
        scenario.Receiver.Rules.Add(new BucketRule(
            2, 20, visit => visit.Sender.EndsWith("@brand.test", StringComparison.Ordinal) ? "brand" : "free")
        { Refusal = new Refusal(450, "4.7.28", "Unusual rate of mail from your DKIM domain") });
        scenario.Allows(100);
        var sender = scenario.AddSender(Sender.Options(pack: DomainPack()));
        sender.KeepSending(100, "anna@d.test", "info@brand.test", account: "brand");
        sender.KeepSending(100, "anna@d.test", "info@other.test", account: "other");
        return scenario.Run(Hour);
    }

    private static ScenarioResult TwoHundred(string name)
    {
        var scenario = new Scenario(name);
        Connections(scenario, 200, TooMany);
        var pack = new ProviderPack("large", 1)
        {
            MxSuffixes = ["mx.test"],
            Limits = new ProviderLimits { MaxConnections = 500, StretchConnections = 500 },
        };
        scenario.AddSender(Sender.Options(pack: pack)).KeepSending(1000, "anna@d.test");
        return scenario.Run(Hour / 4);
    }

    // Little mail teaches little: nothing is deferred, and nothing is learned from silence.
    private static ScenarioResult SmallSites(string name)
    {
        var scenario = new Scenario(name);
        scenario.Resolver.Zone = Testing.FakeDnsZone.Parse(
            [.. Enumerable.Range(0, 200).SelectMany(i => new[]
                { $"s{i}.test MX 10 mx{i}.test", $"mx{i}.test A 198.41.{i / 100}.{(i % 100) + 1}" })]);
        scenario.Receiver.Rules.Add(new ConnectionRule(200, TooMany));
        scenario.Allows(200 * 30 / 86_400.0);
        var sender = scenario.AddSender();
        var random = new Random(3);
        for (var i = 0; i < 200 * 30; i++)
        {
            var to = $"anna@s{i % 200}.test";
            scenario.Time.After(random.NextDouble() * 24 * Hour, _ => sender.Send(to));
        }
        return scenario.Run(24 * Hour);
    }

    private static ProviderPack DomainPack() => new("domains", 1)
    {
        MxSuffixes = ["mx.test"],
        Rules =
        [
            new ReplyRule("dkim-rate", DomainTooFast, DomainTooFast)
            {
                Texts = ["DKIM domain"],
            },
        ],
    };
}
