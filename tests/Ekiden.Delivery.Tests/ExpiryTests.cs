using Ekiden.Mail;

namespace Ekiden.Delivery.Tests;

public sealed class ExpiryTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(5);

    // M-R5: nothing expires without an attempt begun after its time; the last attempt is made when the lifetime is
    // over.
    [Fact]
    public async Task A_recipient_expires_in_an_attempt_after_its_lifetime_and_keeps_the_last_reply()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = transaction => new(transaction.Refused(452, "4.2.2", "Mailbox full"));
        var accepted = world.Clock.GetUtcNow();
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        while (world.Outcomes.Last() is DeliveryOutcome.Deferred) await world.RetryAsync();
        var failed = Assert.IsType<DeliveryOutcome.Failed>(world.Outcomes.Last());
        Assert.Equal(FailureReason.Expired, failed.Reason);
        Assert.Equal("4.2.2", failed.Status.ToString());
        Assert.Equal("Mailbox full", failed.Reply!.Text);
        Assert.InRange(world.Attempts.Last().At - accepted, Lifetime, Lifetime + TimeSpan.FromSeconds(1));
        Assert.Equal(1, world.Journal.Index.Accounting.Expired);
        Assert.Single(world.Notices);
    }

    // M-R5 T5, T6: the clock jumps, or the server was stopped for days.
    [Fact]
    public async Task After_a_jump_of_the_clock_every_recipient_is_tried_before_it_expires()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = transaction => new(transaction.Refused(451, "4.3.0", "Later"));
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        world.Clock.Advance(TimeSpan.FromDays(10));
        await world.ResultsAsync(2);
        Assert.Equal(2, world.Servers.Sent.Count);
        Assert.Equal(FailureReason.Expired, Assert.IsType<DeliveryOutcome.Failed>(world.Outcomes.Last()).Reason);
    }

    [Fact]
    public async Task A_recipient_that_is_taken_in_its_last_attempt_is_delivered()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = transaction => new(transaction.Refused(451, "4.3.0", "Later"));
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        world.Servers.OnSend = transaction => new(transaction.Taken());
        world.Clock.Advance(TimeSpan.FromDays(10));
        await world.ResultsAsync(2);
        Assert.IsType<DeliveryOutcome.Delivered>(world.Outcomes.Last());
    }

    // I-R3, T7: DNS down for ten days, and nobody is told that mail failed.
    [Fact]
    public async Task While_the_resolver_is_down_nothing_expires()
    {
        await using var world = new DeliveryWorld(DeliveryWorld.ByMx());
        world.Resolver.Zone = FakeZone("example.net MX !TIMEOUT");
        world.Resolver.IsDown = true;
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        world.Clock.Advance(TimeSpan.FromDays(10));
        await world.ResultsAsync(2);
        Assert.All(world.Outcomes, outcome => Assert.IsType<DeliveryOutcome.Deferred>(outcome));
        world.Resolver.IsDown = false;
        world.Resolver.Zone = FakeZone("example.net MX 10 mx.example.net", "mx.example.net A 198.41.0.4");
        await world.RetryAsync();
        Assert.IsType<DeliveryOutcome.Delivered>(world.Outcomes.Last());
        Assert.Empty(world.Notices);
    }

    // The attempt was the try to connect, and it began after the lifetime: it counts.
    [Fact]
    public async Task A_recipient_expires_when_nobody_answers_after_its_lifetime()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnConnect = _ => new(ScriptedConnector.TimedOut());
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        Assert.IsType<DeliveryOutcome.Deferred>(world.Outcomes.Last());
        await world.AdvanceUntilAsync(TimeSpan.FromDays(10), world.ResultsAsync(2));
        Assert.Equal(FailureReason.Expired, Assert.IsType<DeliveryOutcome.Failed>(world.Outcomes.Last()).Reason);
        // Once before, and at least once after: the clock leaps beside the attempts here.
        Assert.True(world.Servers.Connects.Count >= 2);
    }

    private static Testing.FakeDnsZone FakeZone(params string[] lines) => Testing.FakeDnsZone.Parse(lines);
}
