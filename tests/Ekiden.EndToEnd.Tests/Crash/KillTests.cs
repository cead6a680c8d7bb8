using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Crash;

/// <summary>
/// The real executable under load, killed with SIGKILL at random and at named moments, started again each time: every
/// message whose 250 was read is delivered, none that was refused is, and each arrives as it was sent (reliability INV1
/// to INV5).
/// </summary>
/// <remarks>
/// EKIDEN_KILLS says how many kills, 100 when it is not set; EKIDEN_SEED repeats a run. The long run:
/// <c>EKIDEN_KILLS=2000 ./test.sh</c>.
/// </remarks>
public sealed class KillTests
{
    private const int Sessions = 16;
    private static readonly string[] Points =
    [
        "", "", "", // at a random moment
        "disk.before_write", "disk.after_write", "disk.after_flush", "disk.after_sync", "disk.before_rename",
        "disk.after_rename", "disk.before_delete", "accept.before_reply", "attempt.before_send", "attempt.after_reply",
    ];

    [Fact]
    public async Task Killed_at_any_moment_it_loses_nothing_that_it_acknowledged()
    {
        var kills = Number("EKIDEN_KILLS", 100);
        var seed = Number("EKIDEN_SEED", Random.Shared.Next());
        var random = new Random(seed);
        await using var sink = FakeMx.Start();
        using var settings = new TestSettings($"""
            [[listener]]
            name = "relay"
            address = "127.0.0.1:0"
            role = "relay"
            tls = "none"
            allow = ["127.0.0.1/32"]
            [[route]]
            match = "*"
            hosts = ["{sink.Address}"]
            [delivery]
            retry = ["100ms"]
            """);
        var history = new History();
        for (var round = 0; round < kills; round++) await RunRoundAsync(settings.File, history, random, round);
        await DrainAsync(settings.File);
        history.Check(sink, kills, seed);
    }

    private static async Task RunRoundAsync(string settings, History history, Random random, int round)
    {
        var point = Points[round % Points.Length];
        await using var server = point.Length == 0
            ? await EkidenProcess.StartAsync(settings)
            : await EkidenProcess.TryStartAsync(settings, $"{point}:{random.Next(1, 30)}");
        if (server is null) // the moment came during the start
        {
            history.NamedKills++;
            return;
        }
        using var stop = new CancellationTokenSource();
        var client = new LoadClient(server.Listener("relay"));
        var load = client.RunAsync(Sessions, round, random.Next(200, 20_000), stop.Token);
        // A kill point that is not reached in time is a random moment too.
        var moment = Task.Delay(
            TimeSpan.FromMilliseconds(random.Next(0, point.Length == 0 ? 700 : 1500)), TimeProvider.System, stop.Token);
        var died = server.WaitForExitAsync();
        if (await Task.WhenAny(moment, died) == moment) await server.KillAsync();
        else history.NamedKills++;
        await stop.CancelAsync();
        await load;
        history.Add(client);
    }

    // Started once more, until the queue is empty.
    private static async Task DrainAsync(string settings)
    {
        await using var server = await EkidenProcess.StartAsync(settings);
        using var admin = new AdminClient(server, settings);
        await admin.WaitUntilEmptyAsync();
        Assert.Equal(0, await admin.AccountingGapAsync());
        Assert.Equal(0, await server.StopAsync());
    }

    private static int Number(string variable, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number)
            ? number : usual;

    /// <summary>What the clients were told, over all rounds.</summary>
    private sealed class History
    {
        private readonly HashSet<string> _acknowledged = [];
        private readonly HashSet<string> _refused = [];

        public int NamedKills { get; set; }

        public void Add(LoadClient client)
        {
            _acknowledged.UnionWith(client.Acknowledged);
            _refused.UnionWith(client.Refused);
        }

        public void Check(FakeMx sink, int kills, int seed)
        {
            var arrivals = sink.Taken.GroupBy(IdOf).ToDictionary(group => group.Key, group => group.Count());
            var lost = _acknowledged.Where(id => !arrivals.ContainsKey(id)).ToList();
            var duplicated = arrivals.Values.Sum(count => count - 1);
            var unasked = _refused.Where(arrivals.ContainsKey).ToList();
            var recovered = arrivals.Keys.Count(id => !_acknowledged.Contains(id) && !_refused.Contains(id));
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"kills {kills} ({NamedKills} at named points), seed {seed}: acknowledged {_acknowledged.Count}, "
                + $"lost {lost.Count}, "
                + $"duplicated {duplicated}, refused but delivered {unasked.Count}, "
                + $"delivered without a read reply {recovered}");
            Assert.True(_acknowledged.Count > kills, "The load was too small to prove anything");
            Assert.Empty(lost);
            Assert.Empty(unasked);
            Assert.All(sink.Taken, message => Assert.Equal(Hash(message), Header(message, "X-Hash")));
            // INV3: at most the transactions that were open at a kill, 20 connections of one recipient each.
            Assert.InRange(duplicated, 0, kills * 20);
        }

        private static string IdOf(FakeMxMessage message) => Header(message, "X-Id");

        private static string Header(FakeMxMessage message, string name)
        {
            var text = Encoding.ASCII.GetString(message.Content);
            var from = text.IndexOf(name + ": ", StringComparison.Ordinal) + name.Length + 2;
            return text[from..text.IndexOf("\r\n", from, StringComparison.Ordinal)];
        }

        private static string Hash(FakeMxMessage message)
        {
            var body = message.Content.AsSpan();
            return Convert.ToHexStringLower(SHA256.HashData(body[(body.IndexOf("\r\n\r\n"u8) + 4)..]));
        }
    }
}
