using Ekiden.Delivery.Routes;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Ekiden.Spool;

namespace Ekiden.Delivery.Tests;

public sealed class AttemptTests
{
    [Fact]
    public async Task A_message_is_delivered_and_finished()
    {
        await using var world = new DeliveryWorld();
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        Assert.IsType<DeliveryOutcome.Delivered>(world.Outcomes.Single());
        Assert.Equal(0, world.Journal.Index.Accounting.Waiting);
        Assert.Equal(0, world.Journal.Index.Accounting.Gap);
    }

    // M-R2, DESIGN §5: what is begun is on record before MAIL.
    [Fact]
    public async Task The_start_of_an_attempt_is_in_the_journal_before_mail_is_said()
    {
        await using var world = new DeliveryWorld();
        var startsAtMail = -1;
        world.Servers.OnSend = transaction =>
        {
            startsAtMail = world.Journal.History.OfType<JournalEntry.AttemptStarted>().Count();
            return new(transaction.Taken());
        };
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        Assert.Equal(1, startsAtMail);
    }

    [Fact]
    public async Task Recipients_of_one_message_that_go_the_same_way_share_a_transaction()
    {
        await using var world = new DeliveryWorld();
        // Which way the domains go is known; while it is being found, a recipient may come a transaction too late.
        world.Accept("a@one.example");
        world.Accept("b@two.example");
        await world.ResultsAsync(2);
        world.Accept("a@one.example", "b@two.example", "c@one.example");
        await world.ResultsAsync(5);
        Assert.Equal([1, 1, 3], world.Servers.Sent.Select(sent => sent.Message.Recipients.Count));
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(101, 2)]
    public async Task A_transaction_has_at_most_100_recipients(int recipients, int transactions)
    {
        await using var world = new DeliveryWorld();
        world.Accept([.. Enumerable.Range(0, recipients).Select(i => $"user{i}@example.net")]);
        await world.ResultsAsync(recipients);
        Assert.Equal(transactions, world.Servers.Sent.Count);
        Assert.Equal(recipients, world.Servers.Sent.Sum(sent => sent.Message.Recipients.Count));
    }

    [Fact]
    public async Task Each_recipient_has_its_own_outcome()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = transaction => new(transaction.Each(address => address.LocalPart switch
        {
            "good" => new RecipientResponse.Taken(SmtpReply.Of(250, "2.0.0", "Ok")),
            "full" => new RecipientResponse.Refused(SmtpPhase.Rcpt, SmtpReply.Of(452, "4.2.2", "Full")),
            _ => new RecipientResponse.Refused(SmtpPhase.Rcpt, SmtpReply.Of(550, "5.1.1", "Unknown")),
        }));
        world.Accept("good@example.net", "full@example.net", "nobody@example.net");
        await world.ResultsAsync(3);
        Assert.Equal(
            [typeof(DeliveryOutcome.Delivered), typeof(DeliveryOutcome.Deferred), typeof(DeliveryOutcome.Failed)],
            world.Attempts.First().Results.Select(result => result.Outcome.GetType()));
    }

    [Fact]
    public async Task A_deferred_recipient_comes_back_alone_and_counts_its_attempts()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = transaction => new(transaction.Each(address => address.LocalPart == "late"
            ? new RecipientResponse.Refused(SmtpPhase.Rcpt, SmtpReply.Of(451, "4.3.0", "Later"))
            : new RecipientResponse.Taken(SmtpReply.Of(250, "2.0.0", "Ok"))));
        world.Accept("late@example.net", "anna@example.net");
        await world.ResultsAsync(2);
        world.Servers.OnSend = transaction => new(transaction.Taken());
        var waiting = world.Results.Single(result => result.Outcome is DeliveryOutcome.Deferred);
        world.Clock.Advance(waiting.NextAttempt - world.Clock.GetUtcNow() + TimeSpan.FromMilliseconds(100));
        await world.ResultsAsync(3);
        Assert.Equal("late", Assert.Single(world.Servers.Sent.Last().Message.Recipients).Address.LocalPart);
        Assert.Equal(2, world.Results.Last().Attempts);
    }

    // RFC 1047: the mail may have been taken.
    [Fact]
    public async Task A_connection_lost_after_the_dot_is_a_deferral_that_may_be_a_duplicate()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = transaction => new(transaction.Broken(SmtpPhase.Eom, afterDot: true));
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        Assert.True(Assert.IsType<DeliveryOutcome.Deferred>(world.Outcomes.Single()).MayBeDuplicated);
    }

    // RFC 5321 §4.5.3.1.10.
    [Fact]
    public async Task Recipients_beyond_what_the_server_takes_follow_at_once_and_the_next_transactions_are_smaller()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = transaction =>
        {
            var place = 0;
            return new(transaction.Each(_ => place++ < 10
                ? new RecipientResponse.Taken(SmtpReply.Of(250, "2.0.0", "Ok"))
                : new RecipientResponse.Refused(SmtpPhase.Rcpt, SmtpReply.Of(452, "4.5.3", "Too many recipients"))));
        };
        world.Accept([.. Enumerable.Range(0, 25).Select(i => $"user{i}@example.net")]);
        await world.ResultsAsync(25);
        world.Clock.Advance(TimeSpan.FromMilliseconds(200));
        await world.KeepGoingAsync(world.Journal.WaitForAsync(_ => world.Journal.Index.Accounting.Waiting == 0));
        // The last two may go at the same time.
        Assert.Equal([25, 10, 5], world.Servers.Sent.Select(sent => sent.Message.Recipients.Count).OrderDescending());
    }

    [Fact]
    public async Task A_connection_carries_many_messages()
    {
        await using var world = new DeliveryWorld(DeliveryWorld.ByRoute(new LaneLimits(Connections: 1)));
        for (var i = 1; i <= 5; i++)
        {
            world.Accept("anna@example.net");
            await world.ResultsAsync(i);
        }
        Assert.Single(world.Servers.Connects);
    }

    [Theory]
    [InlineData(3, 3, 1)]
    [InlineData(3, 4, 2)]
    public async Task A_connection_ends_at_its_number_of_messages(int limit, int messages, int connections)
    {
        await using var world = new DeliveryWorld(
            DeliveryWorld.ByRoute(new LaneLimits(Connections: 1, MessagesPerConnection: limit)));
        for (var i = 1; i <= messages; i++)
        {
            world.Accept("anna@example.net");
            await world.ResultsAsync(i);
        }
        Assert.Equal(connections, world.Servers.Connects.Count);
    }

    [Fact]
    public async Task A_rested_connection_that_the_server_closed_is_replaced_without_an_attempt_lost()
    {
        await using var world = new DeliveryWorld(DeliveryWorld.ByRoute(new LaneLimits(Connections: 1)));
        world.Servers.OnSend = transaction =>
            new(transaction.Number == 2 ? transaction.Broken(SmtpPhase.Mail) : transaction.Taken());
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        world.Accept("anna@example.net");
        await world.ResultsAsync(2);
        Assert.All(world.Outcomes, outcome => Assert.IsType<DeliveryOutcome.Delivered>(outcome));
        Assert.Equal(2, world.Servers.Connects.Count);
        Assert.Equal(1, world.Results.Last().Attempts);
    }

    // A-R5: never sent, never repaired, never bounced.
    [Fact]
    public async Task A_message_that_must_not_go_on_the_wire_is_held()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = _ => throw UnsendableContent.Exception();
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        Assert.IsType<DeliveryOutcome.Deferred>(world.Outcomes.Single());
        Assert.Equal(1, world.Journal.Index.Accounting.Held);
        Assert.Empty(world.Notices);
    }

    [Fact]
    public async Task Our_own_mistake_defers_one_message_and_the_lane_goes_on()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = transaction => transaction.Message.Recipients[0].Address.LocalPart == "bad"
            ? throw new InvalidOperationException("a bug")
            : new(transaction.Taken());
        world.Accept("bad@example.net");
        world.Accept("anna@example.net");
        await world.ResultsAsync(2);
        Assert.Contains(world.Outcomes,
            outcome => outcome is DeliveryOutcome.Deferred { Reason: DeferralReason.Local });
        Assert.Contains(world.Outcomes, outcome => outcome is DeliveryOutcome.Delivered);
    }

    [Fact]
    public async Task What_waited_before_the_start_takes_the_same_path()
    {
        await using var world = new DeliveryWorld(starts: false);
        for (var i = 0; i < 50; i++) world.Accept($"user{i}@example.net");
        Assert.Empty(world.Servers.Connects);
        world.Service.Start();
        await world.ResultsAsync(50);
        Assert.All(world.Outcomes, outcome => Assert.IsType<DeliveryOutcome.Delivered>(outcome));
    }

    [Fact]
    public async Task A_message_for_later_waits_until_its_time()
    {
        await using var world = new DeliveryWorld();
        var at = world.Clock.GetUtcNow() + TimeSpan.FromHours(1);
        world.Accept(world.Message("anna@example.net") with { NotBefore = at });
        world.Clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(100));
        Assert.Empty(world.Servers.Connects);
        world.Clock.Advance(TimeSpan.FromMilliseconds(200));
        await world.ResultsAsync(1);
        Assert.True(world.Attempts.Single().At >= at);
    }
}
