using Ekiden.Delivery.Routes;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Testing;

namespace Ekiden.Delivery.Tests;

public sealed class LaneTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    public async Task A_lane_has_no_more_connections_than_its_limit(int limit)
    {
        await using var world = new DeliveryWorld(DeliveryWorld.ByRoute(new LaneLimits(Connections: limit)));
        var gate = new TaskCompletionSource();
        var begun = 0;
        var full = new TaskCompletionSource();
        world.Servers.OnSend = async transaction =>
        {
            if (Interlocked.Increment(ref begun) == limit) full.SetResult();
            await gate.Task;
            return transaction.Taken();
        };
        for (var i = 0; i < limit * 3; i++) world.Accept($"user{i}@example.net");
        await full.Task;
        Assert.Equal(limit, world.Servers.Open);
        gate.SetResult();
        await world.ResultsAsync(limit * 3);
        Assert.Equal(limit, world.Servers.MostOpen);
    }

    // The site counts it until it is closed.
    [Fact]
    public async Task A_connection_that_says_goodbye_still_counts()
    {
        const int limit = 3;
        await using var world = new DeliveryWorld(
            DeliveryWorld.ByRoute(new LaneLimits(Connections: limit, MessagesPerConnection: 1)), starts: false);
        // Goodbyes are answered when all connections wait for it.
        var gate = new Lock();
        var round = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = 0;
        world.Servers.OnQuit = async () =>
        {
            Task answered;
            lock (gate)
            {
                answered = round.Task;
                if (++waiting == limit)
                {
                    waiting = 0;
                    round.SetResult();
                    round = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }
            await answered;
        };
        for (var i = 0; i < 10 * limit; i++) world.Accept($"user{i}@example.net");
        world.Service.Start();
        await world.ResultsAsync(10 * limit);
        Assert.Equal(limit, world.Servers.MostOpen);
        Assert.Equal(10 * limit, world.Servers.Connects.Count);
    }

    // reliability.md §5.3: nobody hammers a host that does not answer.
    [Fact]
    public async Task A_dead_host_is_asked_once_for_all_that_wait_and_then_left_alone()
    {
        await using var world = new DeliveryWorld(starts: false);
        world.Servers.OnConnect = _ => new(ScriptedConnector.TimedOut());
        for (var i = 0; i < 100; i++) world.Accept($"user{i}@example.net");
        world.Service.Start();
        await world.ResultsAsync(100);
        Assert.All(world.Outcomes, outcome =>
            Assert.Equal(DeferralReason.NoConnection, Assert.IsType<DeliveryOutcome.Deferred>(outcome).Reason));
        Assert.InRange(world.Servers.Connects.Count, 1, 2);
        var asked = world.Servers.Connects.Count;
        // New mail waits for the host's rest to end, instead of asking again.
        world.Accept("new@example.net");
        world.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(asked, world.Servers.Connects.Count);
        world.Servers.OnConnect = _ => new((Ekiden.Delivery.Connections.ConnectResult.Failed?)null);
        await world.AdvanceUntilAsync(TimeSpan.FromSeconds(10), world.ResultsAsync(101));
        Assert.IsType<DeliveryOutcome.Delivered>(world.Outcomes.Last());
    }

    [Fact]
    public async Task A_retry_by_an_operator_asks_a_resting_host_now()
    {
        await using var world = new DeliveryWorld(starts: false);
        world.Servers.OnConnect = _ => new(ScriptedConnector.TimedOut());
        var ids = Enumerable.Range(0, 100).Select(i => world.Accept($"user{i}@example.net")).ToArray();
        world.Service.Start();
        await world.ResultsAsync(100);
        // The lane rests, too: one more waits for the host.
        world.Accept("new@example.net");
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        world.Servers.OnConnect = _ => new((Ekiden.Delivery.Connections.ConnectResult.Failed?)null);
        RescheduleAll(world, ids);
        world.Service.AskAgain(["example.net"]);
        // The clock stands still: nobody waits for anything but the servers.
        await world.Journal.WaitForAsync(history => CountDelivered(history) == 101);
        Assert.Equal(101, world.Servers.Sent.Count);
    }

    [Fact]
    public async Task A_retry_by_an_operator_asks_once_and_then_the_host_rests_again()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnConnect = _ => new(ScriptedConnector.TimedOut());
        var id = world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        var asked = world.Servers.Connects.Count;
        RescheduleAll(world, [id]);
        world.Service.AskAgain(["example.net"]);
        await world.Journal.WaitForAsync(history => history.OfType<JournalEntry.Attempted>().Count() == 2);
        Assert.Equal(asked + 1, world.Servers.Connects.Count);
        // The second failure doubled the rest: 120 s.
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        world.Accept("berta@example.net");
        world.Clock.Advance(TimeSpan.FromSeconds(110));
        Assert.Equal(asked + 1, world.Servers.Connects.Count);
    }

    // Mail deferred together is due over some minutes; each goes when it is due, and none waits for another.
    [Fact]
    public async Task What_is_due_flows_at_once_when_the_host_is_back()
    {
        await using var world = new DeliveryWorld(starts: false);
        world.Servers.OnConnect = _ => new(ScriptedConnector.TimedOut());
        for (var i = 0; i < 500; i++) world.Accept($"user{i}@example.net");
        world.Service.Start();
        await world.ResultsAsync(500);
        var due = world.Results.Max(result => result.NextAttempt) + TimeSpan.FromMilliseconds(100);
        world.Servers.OnConnect = _ => new((Ekiden.Delivery.Connections.ConnectResult.Failed?)null);
        world.Clock.Advance(due - world.Clock.GetUtcNow());
        await world.Journal.WaitForAsync(history => CountDelivered(history) == 500);
        Assert.Equal(due, world.Clock.GetUtcNow());
    }

    private static int CountDelivered(IEnumerable<JournalEntry> history) => history
        .OfType<JournalEntry.Attempted>()
        .Sum(attempted => attempted.Results.Count(result => result.Outcome is DeliveryOutcome.Delivered));

    private static void RescheduleAll(DeliveryWorld world, MessageId[] ids)
    {
        var now = world.Clock.GetUtcNow();
        foreach (var id in ids)
            world.Journal.Commit(new JournalEntry.Changed(id, now, QueueChange.Reschedule, [0], now, "operator"));
    }

    [Fact]
    public async Task The_next_host_is_tried_in_the_same_attempt()
    {
        await using var world = new DeliveryWorld(DeliveryWorld.ByMx());
        world.Resolver.Zone = FakeDnsZone.Parse(
            ["example.net MX 10 a.example.net", "example.net MX 20 b.example.net",
            "a.example.net A 198.41.0.4", "b.example.net A 198.41.0.5"]);
        world.Servers.OnConnect = target =>
            new(target.HostName == "a.example.net" ? ScriptedConnector.TimedOut() : null);
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        Assert.Equal(["a.example.net", "b.example.net"], world.Servers.Connects.Select(target => target.HostName));
        Assert.IsType<DeliveryOutcome.Delivered>(world.Outcomes.Single());
        Assert.Equal("b.example.net", world.Attempts.Single().Details.Host);
    }

    // 421 to more connections: those that are open carry everything, and nothing is deferred.
    [Fact]
    public async Task A_site_that_takes_one_connection_gets_everything_over_it()
    {
        await using var world = new DeliveryWorld(starts: false);
        world.Servers.OnConnect = _ =>
            new(world.Servers.Open >= 1 ? ScriptedConnector.Greeting(421, "Too many connections") : null);
        for (var i = 0; i < 50; i++) world.Accept($"user{i}@example.net");
        world.Service.Start();
        await world.AdvanceUntilAsync(
            TimeSpan.FromSeconds(5), world.Journal.WaitForAsync(_ => world.Journal.Index.Accounting.Waiting == 0));
        Assert.Equal(50, world.Journal.Index.Accounting.Delivered);
    }

    [Fact]
    public async Task A_stalled_destination_holds_no_other()
    {
        await using var world = new DeliveryWorld(DeliveryWorld.ByMx());
        world.Resolver.Zone = FakeDnsZone.Parse(
            ["slow.test MX 10 mx.slow.test", "mx.slow.test A 198.41.0.4", "fast.test MX 10 mx.fast.test",
                "mx.fast.test A 198.41.0.5"]);
        var never = new TaskCompletionSource<Ekiden.Delivery.Connections.ConnectResult.Failed?>();
        world.Servers.OnConnect = target => target.HostName == "mx.slow.test" ? new(never.Task)
            : new((Ekiden.Delivery.Connections.ConnectResult.Failed?)null);
        for (var i = 0; i < 100; i++) world.Accept($"user{i}@slow.test");
        world.Accept("anna@fast.test");
        await world.ResultsAsync(1);
        Assert.Equal("mx.fast.test", world.Attempts.Single().Details.Host);
        // A site that never answered holds two places, not twenty.
        int Held() => world.Servers.Connects.Count(target => target.HostName == "mx.slow.test");
        await world.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), WhenAsync(world, () => Held() > 0));
        Assert.InRange(Held(), 1, 2);
    }

    [Fact]
    public async Task A_rate_lets_a_second_s_worth_go_and_then_one_after_the_other()
    {
        await using var world = new DeliveryWorld(
            DeliveryWorld.ByRoute(new LaneLimits(Connections: 1, MessagesPerSecond: 2)));
        for (var i = 0; i < 5; i++) world.Accept($"user{i}@example.net");
        await world.ResultsAsync(2);
        Assert.Equal(2, world.Servers.Sent.Count);
        for (var sent = 3; sent <= 5; sent++)
        {
            world.Clock.Advance(TimeSpan.FromMilliseconds(499));
            Assert.Equal(sent - 1, world.Servers.Sent.Count);
            await world.AdvanceUntilAsync(TimeSpan.FromMilliseconds(1), world.ResultsAsync(sent));
        }
    }

    [Fact]
    public async Task Resting_connections_are_closed_after_a_minute()
    {
        await using var world = new DeliveryWorld();
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        await world.AdvanceUntilAsync(TimeSpan.FromSeconds(10), WhenAsync(world, () => world.Service.Connections == 0));
        Assert.Equal(0, world.Servers.Open);
        Assert.Empty(world.Service.Lanes);
    }

    [Fact]
    public async Task The_process_never_holds_more_connections_than_its_budget_and_everybody_gets_through()
    {
        var options = DeliveryWorld.ByMx() with { MaxConnections = 4 };
        await using var world = new DeliveryWorld(options);
        world.Resolver.Zone = FakeDnsZone.Parse(
            [.. Enumerable.Range(0, 20).SelectMany(
                i => new[] { $"d{i}.test MX 10 mx{i}.test", $"mx{i}.test A 198.41.0.{i}" })]);
        for (var i = 0; i < 20; i++) world.Accept($"anna@d{i}.test");
        await world.AdvanceUntilAsync(TimeSpan.FromSeconds(10), world.ResultsAsync(20));
        Assert.All(world.Outcomes, outcome => Assert.IsType<DeliveryOutcome.Delivered>(outcome));
        Assert.InRange(world.Servers.MostOpen, 1, 4);
    }

    // Q5: a million that wait for later do not touch the way of new mail.
    [Fact]
    public async Task Mail_that_waits_for_later_is_not_looked_at_when_new_mail_comes()
    {
        await using var world = new DeliveryWorld();
        var later = world.Clock.GetUtcNow() + TimeSpan.FromHours(1);
        for (var i = 0; i < 1000; i++) world.Accept(world.Message($"user{i}@example.net") with { NotBefore = later });
        Assert.Equal(1000, world.Queue.Later);
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        Assert.Equal(1000, world.Queue.Later);
        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.ResultsAsync(1001);
        Assert.Equal(0, world.Queue.Later);
    }

    [Fact]
    public async Task A_recipient_cancelled_while_it_waits_is_never_sent()
    {
        await using var world = new DeliveryWorld();
        var id = world.Accept(world.Message(
            "anna@example.net") with
        { NotBefore = world.Clock.GetUtcNow() + TimeSpan.FromHours(1) });
        world.Journal.Commit(new JournalEntry.Changed(
            id, world.Clock.GetUtcNow(), QueueChange.Cancel, [0], default, "test"));
        // Another recipient in the same slot, due later: the old entry must not wake it.
        world.Accept(world.Message(
            "berta@example.net") with
        { NotBefore = world.Clock.GetUtcNow() + TimeSpan.FromHours(2) });
        world.Clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
        Assert.Empty(world.Servers.Connects);
        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.ResultsAsync(1);
        Assert.Equal("berta", Assert.Single(world.Servers.Sent).Message.Recipients.Single().Address.LocalPart);
    }

    [Fact]
    public async Task A_held_recipient_goes_when_it_is_released()
    {
        await using var world = new DeliveryWorld();
        var id = world.Accept(world.Message(
            "anna@example.net") with
        { NotBefore = world.Clock.GetUtcNow() + TimeSpan.FromHours(1) });
        world.Journal.Commit(new JournalEntry.Changed(
            id, world.Clock.GetUtcNow(), QueueChange.Hold, [0], default, "test"));
        world.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Empty(world.Servers.Connects);
        world.Journal.Commit(new JournalEntry.Changed(
            id, world.Clock.GetUtcNow(), QueueChange.Release, [0], world.Clock.GetUtcNow(), "test"));
        await world.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), world.ResultsAsync(1));
        Assert.IsType<DeliveryOutcome.Delivered>(world.Outcomes.Single());
    }

    private static async Task WhenAsync(DeliveryWorld world, Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(TimeSpan.FromSeconds(1), world.Clock, CancellationToken.None);
    }
}
