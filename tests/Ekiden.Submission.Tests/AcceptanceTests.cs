using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Submission.Tests;

/// <summary>What a message is once it is ours.</summary>
public sealed class AcceptanceTests
{
    private const string Mail = "From: <s@a.test>\r\n\r\nb\r\n";

    [Fact]
    public async Task Everything_that_was_known_is_in_the_journal()
    {
        await using var world = await IntakeWorld.StartAsync();
        var envelope = new Envelope(
            IntakeWorld.Address("s@a.test"),
            [new(IntakeWorld.Address("v@sink.test"), DsnNotify.Never, "rfc822;V@sink.test")])
        {
            EnvelopeId = "e1",
            Return = DsnReturn.Full,
            EightBit = true,
        };
        var result = await world.AcceptAsync(world.Client(MessageOrigin.Api), Mail, envelope, incoming => incoming with
        {
            Tags = ["t1"],
            Metadata = incoming.Metadata.Add("order", "7"),
            ExpiresIn = TimeSpan.FromMinutes(10),
        });
        var (message, _) = await world.ReadAsync(result);
        Assert.Equal(world.A.Id, message.Account);
        Assert.Equal(MessageOrigin.Api, message.Origin);
        Assert.Equal(world.Clock.GetUtcNow(), message.AcceptedAt);
        Assert.Equal(world.Clock.GetUtcNow().AddMinutes(10), message.ExpiresAt);
        Assert.Equal(["t1"], message.Tags);
        Assert.Equal("7", message.Metadata["order"]);
        Assert.Equal(envelope.Recipients, message.Envelope.Recipients);
        Assert.Equal(envelope with { Recipients = [] }, message.Envelope with { Recipients = [] });
        Assert.Equal(SHA256.HashData("b\r\n"u8), message.RelaxedBodyHash.AsSpan());
    }

    [Theory]
    [InlineData(MessageOrigin.Submission, null, "transactional", 120)]
    [InlineData(MessageOrigin.Relay, null, "transactional", 120)]
    [InlineData(MessageOrigin.Inbound, null, "transactional", 120)]
    [InlineData(MessageOrigin.Api, null, "transactional", 24)]
    [InlineData(MessageOrigin.Api, "bulk", "bulk", 48)]
    [InlineData(MessageOrigin.Submission, "bulk", "bulk", 48)]
    [InlineData(MessageOrigin.Submission, "news", "news", 3)]
    public async Task The_lifetime_is_the_streams_where_one_is_named_or_HTTP_is_spoken(
        MessageOrigin origin, string? asked, string stream, int hours)
    {
        await using var world = await IntakeWorld.StartAsync();
        world.Intake.Reconfigure(IntakeWorld.Options with
        {
            Streams = IntakeOptions.DefaultStreams.Append(new("news", TimeSpan.FromHours(3)))
                .ToFrozenDictionary(StringComparer.Ordinal),
        });
        var envelope = new Envelope(
            IntakeWorld.Address("s@a.test"), [new EnvelopeRecipient(IntakeWorld.Address("info@in.test"))]);
        var result = await world.AcceptAsync(
            world.Client(origin), Mail, envelope, incoming => incoming with { Stream = asked });
        var (message, _) = await world.ReadAsync(result);
        Assert.Equal(stream, message.Stream);
        Assert.Equal(stream, Assert.IsType<IntakeResult.Accepted>(result).Stream);
        Assert.Equal(world.Clock.GetUtcNow().AddHours(hours), message.ExpiresAt);
    }

    [Fact]
    public async Task A_stream_that_does_not_exist_is_refused()
    {
        await using var world = await IntakeWorld.StartAsync();
        var envelope = new Envelope(null, [new EnvelopeRecipient(IntakeWorld.Address("v@sink.test"))]);
        var result = await world.AcceptAsync(
            world.Client(MessageOrigin.Api), Mail, envelope, incoming => incoming with { Stream = "nowhere" });
        world.IsRefused(result, "550 5.6.0");
    }

    [Fact]
    public async Task A_full_spool_refuses_new_mail_but_takes_notices()
    {
        await using var world = await IntakeWorld.StartAsync(freeFloor: 1);
        var (content, refusal) = world.Intake.Begin(0);
        Assert.Null(content);
        Assert.StartsWith("452 4.3.1", refusal?.Reply.ToString(), StringComparison.Ordinal);
        Assert.Equal("queue_full", refusal?.Code);
        Assert.Equal(452, world.Intake.CheckSender(
            world.Client(MessageOrigin.Submission), IntakeWorld.Address("s@a.test"), 0)?.Reply.Code);

        var id = await CommitNoticeAsync(world, new MessageId(7), new MessageId(6));
        using var stored = await world.Journal.OpenAsync(id, IntakeWorld.Cancel);
        Assert.NotNull(stored);
    }

    [Fact]
    public async Task A_notice_has_the_id_it_was_given_and_the_header_of_any_mail()
    {
        await using var world = await IntakeWorld.StartAsync();
        var id = await CommitNoticeAsync(world, new MessageId(7), new MessageId(6));
        var (message, content) = await world.ReadAsync(new IntakeResult.Accepted(id, "transactional"));
        Assert.Equal(new MessageId(6), message.NoticeAbout);
        Assert.Null(message.Envelope.Sender);
        Assert.Equal(world.Clock.GetUtcNow().AddDays(2), message.ExpiresAt);
        Assert.StartsWith("Received: by relay.test", content, StringComparison.Ordinal);
        Assert.Contains($" id {id}\r\n", content, StringComparison.Ordinal);
        Assert.Contains("\r\nDate: ", content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((256 << 10) - 100)]
    [InlineData((256 << 10) + 1)]
    [InlineData(2 << 20)]
    public async Task Large_content_comes_back_as_it_came(int size)
    {
        await using var world = await IntakeWorld.StartAsync();
        var line = new string('x', 998) + "\r\n";
        var lines = string.Concat(Enumerable.Repeat(line, size / line.Length));
        var body = lines + new string('y', size % line.Length) + "\r\n";
        var (message, content) = await world.ReadAsync(await world.AcceptAsync("From: <s@a.test>\r\n\r\n" + body));
        Assert.StartsWith("Received: ", content, StringComparison.Ordinal);
        Assert.EndsWith("From: <s@a.test>\r\n\r\n" + body, content, StringComparison.Ordinal);
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(body)), message.RelaxedBodyHash.AsSpan());
    }

    [Fact]
    public async Task Ids_rise_with_time_and_differ()
    {
        await using var world = await IntakeWorld.StartAsync();
        var ids = new List<UInt128>();
        for (var i = 0; i < 20; i++)
        {
            ids.Add(Assert.IsType<IntakeResult.Accepted>(await world.AcceptAsync(Mail)).Id.Value);
            world.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }
        Assert.Equal(ids.Distinct().Order(), ids);
    }

    private static async Task<MessageId> CommitNoticeAsync(IntakeWorld world, MessageId id, MessageId about)
    {
        var content = world.Intake.BeginNotice(100);
        await content.WriteAsync(
            "From: <mailer-daemon@relay.test>\r\n\r\nIt failed.\r\n"u8.ToArray(), IntakeWorld.Cancel);
        var client = new MailClient(MessageOrigin.Notice, world.A.Id) { Protocol = "local" };
        var envelope = new Envelope(null, [new EnvelopeRecipient(IntakeWorld.Address("s@a.test"), DsnNotify.Never)]);
        var entry = world.Intake.PrepareNotice(new IncomingMessage(client, envelope, content), id, about);
        await world.Journal.CommitAsync([entry], Durability.Flushed, IntakeWorld.Cancel);
        return id;
    }
}
