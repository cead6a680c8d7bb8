using Ekiden.Delivery.Routes;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Ekiden.Spool;

namespace Ekiden.Delivery.Tests;

public sealed class StopTests
{
    // M-R6.
    [Fact]
    public async Task A_stop_lets_the_transaction_under_way_finish_and_begins_no_other()
    {
        await using var world = new DeliveryWorld(DeliveryWorld.ByRoute(new LaneLimits(Connections: 1)));
        var begun = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        world.Servers.OnSend = async transaction =>
        {
            begun.TrySetResult();
            await finish.Task;
            return transaction.Taken();
        };
        world.Accept("anna@example.net");
        await begun.Task;
        world.Accept("berta@example.net");
        var stopped = world.Service.StopAsync();
        Assert.False(stopped.IsCompleted);
        finish.SetResult();
        await stopped;
        Assert.IsType<DeliveryOutcome.Delivered>(world.Outcomes.Single());
        Assert.Single(world.Servers.Sent);
        Assert.Equal(0, world.Servers.Open);
        var accounting = world.Journal.Index.Accounting;
        Assert.Equal((1, 0), (accounting.Waiting, accounting.InAttempt));
    }

    [Fact]
    public async Task After_30_seconds_what_still_runs_is_cut_and_deferred_as_a_possible_duplicate()
    {
        await using var world = new DeliveryWorld();
        var begun = new TaskCompletionSource();
        world.Servers.OnSend = transaction =>
        {
            begun.TrySetResult();
            return new(new TaskCompletionSource<IReadOnlyList<RecipientResponse>>().Task);
        };
        world.Accept("anna@example.net");
        await begun.Task;
        var stopped = world.Service.StopAsync();
        await world.AdvanceUntilAsync(TimeSpan.FromSeconds(10), stopped);
        Assert.True(Assert.IsType<DeliveryOutcome.Deferred>(world.Outcomes.Single()).MayBeDuplicated);
        Assert.Equal(0, world.Journal.Index.Accounting.InAttempt);
    }

    // M-R6: no new dot after SIGTERM + 5 s.
    [Fact]
    public async Task After_5_seconds_what_is_before_its_dot_is_cut_and_nothing_is_a_possible_duplicate()
    {
        await using var world = new DeliveryWorld();
        world.Servers.HoldsBeforeDot = true;
        var begun = new TaskCompletionSource();
        world.Servers.OnSend = transaction =>
        {
            begun.TrySetResult();
            return new(new TaskCompletionSource<IReadOnlyList<RecipientResponse>>().Task);
        };
        world.Accept("anna@example.net");
        await begun.Task;
        var stopped = world.Service.StopAsync();
        world.Clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(stopped.IsCompleted);
        Assert.Empty(world.Outcomes);
        await world.AdvanceUntilAsync(TimeSpan.FromSeconds(0.1), stopped);
        Assert.False(Assert.IsType<DeliveryOutcome.Deferred>(world.Outcomes.Single()).MayBeDuplicated);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_hosts_that_do_not_answer()
    {
        await using var world = new DeliveryWorld();
        var asked = new TaskCompletionSource();
        world.Servers.OnConnect = _ =>
        {
            asked.TrySetResult();
            return new(new TaskCompletionSource<Ekiden.Delivery.Connections.ConnectResult.Failed?>().Task);
        };
        world.Accept("anna@example.net");
        await asked.Task;
        await world.Service.StopAsync();
        Assert.Empty(world.Outcomes);
        Assert.Equal(1, world.Journal.Index.Accounting.Waiting);
        Assert.Equal(0, world.Journal.Index.Accounting.InAttempt);
        Assert.Equal(0, world.Service.Connections);
    }

    [Fact]
    public async Task A_reload_moves_what_waits_to_the_new_route()
    {
        await using var world = new DeliveryWorld(DeliveryWorld.ByRoute(new LaneLimits(Connections: 1)));
        var begun = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        world.Servers.OnSend = async transaction =>
        {
            begun.TrySetResult();
            await finish.Task;
            return transaction.Taken();
        };
        world.Accept("anna@example.net");
        await begun.Task;
        for (var i = 0; i < 10; i++) world.Accept($"user{i}@example.net");
        world.Servers.OnSend = transaction => new(transaction.Taken());
        world.Service.Reload(world.Options with
        {
            Routes = world.Options.Routes with
            {
                Routes =
                [new StaticRoute { Match = "*", Hosts = [new RouteTarget("192.0.2.99", 25)] }]
            },
        });
        await world.ResultsAsync(10);
        Assert.Equal(10, world.Servers.Sent.Count(sent => sent.Target.HostName == "192.0.2.99"));
        finish.SetResult();
        await world.ResultsAsync(11);
        Assert.Equal(0, world.Journal.Index.Accounting.Waiting);
    }

    [Fact]
    public async Task When_the_spool_has_no_room_for_the_notice_the_recipient_waits()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = transaction => new(transaction.Refused(550, "5.1.1", "Unknown"));
        world.Journal.Refuse = entries => entries.Any(IsNotice) ? new SpoolFullException("full") : null;
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        Assert.Equal(DeferralReason.Local, Assert.IsType<DeliveryOutcome.Deferred>(world.Outcomes.Single()).Reason);
        world.Journal.Refuse = _ => null;
        await world.RetryAsync();
        Assert.IsType<DeliveryOutcome.Failed>(world.Outcomes.Last());
    }

    private static bool IsNotice(JournalEntry entry) =>
        entry is JournalEntry.Accepted { Message.Origin: MessageOrigin.Notice };
}
