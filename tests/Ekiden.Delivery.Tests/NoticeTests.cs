using System.Text;
using Ekiden.Delivery.Bounces;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Ekiden.Spool;

namespace Ekiden.Delivery.Tests;

public sealed class NoticeTests
{
    private const DsnNotify Unsaid = DsnNotify.Unspecified;

    // RFC 3461 §4.1, §5.2: who is told what.
    [Theory]
    [InlineData(Unsaid, true)]
    [InlineData(DsnNotify.Failure, true)]
    [InlineData(DsnNotify.Failure | DsnNotify.Delay, true)]
    [InlineData(DsnNotify.Success, false)]
    [InlineData(DsnNotify.Delay, false)]
    [InlineData(DsnNotify.Never, false)]
    public async Task A_failure_is_told_to_those_who_want_it(DsnNotify notify, bool isTold)
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = RefuseStrangers;
        world.Accept(WithNotify(world, notify));
        await world.ResultsAsync(1);
        Assert.Equal(isTold ? [NoticeKind.Failure] : [], world.Notices.Select(notice => notice.Kind));
    }

    [Theory]
    [InlineData(DsnNotify.Success, false, true)]
    [InlineData(DsnNotify.Success | DsnNotify.Failure, false, true)]
    [InlineData(DsnNotify.Success, true, false)] // the next host tells: RFC 3461 §5.2.2
    [InlineData(Unsaid, false, false)]
    [InlineData(DsnNotify.Failure, false, false)]
    [InlineData(DsnNotify.Never, false, false)]
    public async Task A_success_is_told_to_those_who_asked_when_nobody_else_tells(
        DsnNotify notify, bool peerHasDsn, bool isTold)
    {
        await using var world = new DeliveryWorld();
        world.Servers.SupportsDsn = peerHasDsn;
        world.Accept(WithNotify(world, notify));
        await world.ResultsAsync(1);
        Assert.Equal(isTold ? [NoticeKind.Success] : [], world.Notices.Select(notice => notice.Kind));
    }

    [Theory]
    [InlineData(DsnNotify.Delay, false, 1)]
    [InlineData(Unsaid, true, 1)]
    [InlineData(Unsaid, false, 0)]
    [InlineData(DsnNotify.Failure, true, 0)]
    [InlineData(DsnNotify.Never, true, 0)]
    public async Task A_delay_is_told_once_after_four_hours(DsnNotify notify, bool tellsAll, int told)
    {
        var options = DeliveryWorld.ByRoute() with { Notices = new NoticeOptions { TellDelays = tellsAll } };
        await using var world = new DeliveryWorld(options);
        world.Servers.OnSend = transaction => new(transaction.Refused(451, "4.3.0", "Later"));
        var accepted = world.Clock.GetUtcNow();
        world.Accept(WithNotify(world, notify));
        await world.ResultsAsync(1);
        DateTimeOffset? toldAt = null;
        while (world.Clock.GetUtcNow() - accepted < TimeSpan.FromHours(12))
        {
            await world.RetryAsync();
            if (world.Notices.Count > 0) toldAt ??= world.Clock.GetUtcNow();
        }
        Assert.Equal(told, world.Notices.Count);
        if (told == 0) return;
        Assert.Equal(NoticeKind.Delay, world.Notices.Single().Kind);
        Assert.InRange(toldAt!.Value - accepted, TimeSpan.FromHours(4), TimeSpan.FromHours(4)
            + TimeSpan.FromSeconds(1));
    }

    // F-R3, F-R4.
    [Theory]
    [InlineData(MessageOrigin.Submission, true)]
    [InlineData(MessageOrigin.Relay, true)]
    [InlineData(MessageOrigin.Api, true)]
    [InlineData(MessageOrigin.Inbound, false)]
    [InlineData(MessageOrigin.Notice, false)]
    public async Task Only_mail_of_our_own_senders_is_told_about(MessageOrigin origin, bool isTold)
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = RefuseStrangers;
        world.Accept(world.Message("stranger@example.net") with { Origin = origin });
        await world.ResultsAsync(1);
        Assert.Equal(isTold, world.Notices.Count == 1);
    }

    // Memory for mail may be short: then a notice goes to disk first, and the failure waits for it.
    [Fact]
    public async Task A_failure_is_committed_with_its_notice_whenever_that_is_ready()
    {
        await using var world = new DeliveryWorld();
        var ready = new TaskCompletionSource();
        var refused = new TaskCompletionSource();
        world.NoticesReady = ready.Task;
        world.Servers.OnSend = transaction =>
        {
            refused.SetResult();
            return new(transaction.Refused(550, "5.1.1", "Unknown"));
        };
        world.Accept("anna@example.net");
        await refused.Task;
        Assert.Empty(world.Outcomes);
        ready.SetResult();
        await world.ResultsAsync(1);
        Assert.IsType<DeliveryOutcome.Failed>(world.Outcomes.Single());
        Assert.Single(world.Notices);
    }

    [Fact]
    public async Task The_null_sender_is_never_told()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = RefuseStrangers;
        var message = world.Message("stranger@example.net");
        world.Accept(message with { Envelope = message.Envelope with { Sender = null } });
        await world.ResultsAsync(1);
        Assert.Empty(world.Notices);
    }

    // F-R3 T3: the recipient fails, and then the notice: nobody is told of that.
    [Fact]
    public async Task A_notice_that_fails_makes_no_other()
    {
        await using var world = new DeliveryWorld();
        world.Servers.AnswersNotices = true;
        world.Servers.OnSend = transaction => new(transaction.Refused(550, "5.1.1", "Unknown"));
        world.Accept("stranger@example.net");
        await world.ResultsAsync(2);
        Assert.Single(world.Notices);
        Assert.Equal(2, world.Journal.Index.Accounting.Failed);
    }

    [Fact]
    public async Task One_notice_tells_of_all_recipients_that_failed_in_one_attempt_and_is_committed_with_them()
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = RefuseStrangers;
        var id = world.Accept("stranger@example.net", "anna@example.net", "stranger2@example.net");
        await world.ResultsAsync(3);
        var notice = Assert.Single(world.Notices);
        Assert.Equal(id, notice.About.Id);
        Assert.Equal("sender@example.org", notice.To.ToString());
        var text = Encoding.UTF8.GetString(notice.Content.Span);
        Assert.Contains("stranger@example.net", text, StringComparison.Ordinal);
        Assert.Contains("stranger2@example.net", text, StringComparison.Ordinal);
        Assert.Contains("Status: 5.1.1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("anna@example.net", text, StringComparison.Ordinal);
        var history = world.Journal.History;
        var failure = history.FindIndex(entry => entry is JournalEntry.Attempted);
        Assert.Equal(notice.Id, Assert.IsType<JournalEntry.Accepted>(history[failure + 1]).Message.Id);
    }

    [Fact]
    public async Task The_same_failure_gives_the_same_notice_id_and_another_one_another()
    {
        var ids = new List<MessageId>();
        AcceptedMessage? message = null;
        foreach (var recipients in new[] { 1, 1, 2 })
        {
            await using var world = new DeliveryWorld();
            world.Servers.OnSend = RefuseStrangers;
            message ??= world.Message("stranger1@example.net", "stranger2@example.net");
            var envelope = message.Envelope with { Recipients = [.. message.Envelope.Recipients.Take(recipients)] };
            world.Accept(message with { Envelope = envelope });
            await world.ResultsAsync(recipients);
            ids.Add(world.Notices.Single().Id);
        }
        Assert.Equal(ids[0], ids[1]);
        Assert.NotEqual(ids[0], ids[2]);
    }

    // DESIGN §11.
    [Theory]
    [InlineData(DsnReturn.Full, true)]
    [InlineData(DsnReturn.Headers, false)]
    [InlineData(DsnReturn.Unspecified, false)]
    public async Task As_much_is_returned_as_the_sender_asked_for(DsnReturn wanted, bool hasBody)
    {
        await using var world = new DeliveryWorld();
        world.Servers.OnSend = RefuseStrangers;
        var message = world.Message("stranger@example.net");
        world.Accept(message with { Envelope = message.Envelope with { Return = wanted } });
        await world.ResultsAsync(1);
        var text = Encoding.UTF8.GetString(world.Notices.Single().Content.Span);
        Assert.Contains("Subject: test", text, StringComparison.Ordinal);
        Assert.Equal(hasBody, text.Contains("\r\nHello\r\n", StringComparison.Ordinal));
    }

    private static ValueTask<IReadOnlyList<RecipientResponse>> RefuseStrangers(
        ScriptedConnector.Transaction transaction) =>
        new(transaction.Each(address => address.LocalPart.StartsWith("stranger", StringComparison.Ordinal)
            ? new RecipientResponse.Refused(SmtpPhase.Rcpt, SmtpReply.Of(550, "5.1.1", "Unknown"))
            : new RecipientResponse.Taken(SmtpReply.Of(250, "2.0.0", "Ok"))));

    private static AcceptedMessage WithNotify(DeliveryWorld world, DsnNotify notify)
    {
        var message = world.Message("stranger@example.net");
        return message with
        {
            Envelope = message.Envelope with { Recipients = [message.Envelope.Recipients[0] with { Notify = notify }] },
        };
    }
}
