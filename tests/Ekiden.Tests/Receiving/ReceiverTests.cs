using System.Net;
using Ekiden.Receiving;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Tests.Receiving;

/// <summary>The test receiver over real sockets.</summary>
public sealed class ReceiverTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 4, 1, 9, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task It_takes_mail_and_counts_it()
    {
        await using var receiver = Listen(new ReceiverPolicy());
        var (caller, greeting) = await Caller.CallAsync(receiver.Address);
        using (caller)
        {
            Assert.Equal("220 receiver.test ESMTP test receiver", greeting);
            Assert.Equal("250 2.0.0 Ok", await caller.MailAsync("b@d.test"));
            Assert.Equal("221 2.0.0 Bye", await caller.SayAsync("QUIT"));
            Assert.Null(await caller.ReadAsync());
        }

        var counts = receiver.Statistics;
        Assert.Equal((1L, 1L, 1L, 1), (counts.Accepted, counts.Recipients, counts.Connections, counts.Highest));
    }

    // RFC 2920: the whole conversation in one write, or one octet at a time.
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Commands_and_content_may_come_in_any_pieces(int piece)
    {
        await using var receiver = Listen(new ReceiverPolicy());
        var (caller, _) = await Caller.CallAsync(receiver.Address);
        using var _1 = caller;
        var text = "MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nx\r\n.y\r\n\r\n.\r\n"
            + "MAIL FROM:<>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n.\r\nQUIT\r\n";
        for (var at = 0; at < text.Length; at += Math.Min(piece, text.Length))
            await caller.SendAsync(text.Substring(at, Math.Min(piece, text.Length - at)));

        foreach (var expected in (string[])["250", "250", "354", "250", "250", "250", "354", "250", "221"])
            Assert.StartsWith(expected, await caller.ReadAsync(), StringComparison.Ordinal);
        Assert.Equal(2, receiver.Statistics.Accepted);
    }

    [Theory]
    [InlineData(Refusal.Reply, "421 4.7.0 Too many connections")]
    [InlineData(Refusal.Close, null)]
    [InlineData(Refusal.Reset, "RST")]
    public async Task A_connection_too_many_is_refused_and_the_place_is_free_again_afterwards(
        object kind, string? expected)
    {
        await using var receiver = Listen(new ReceiverPolicy { MaxConnections = 1, OverConnections = (Refusal)kind });
        var (first, _) = await Caller.CallAsync(receiver.Address);
        using (first)
        {
            var (second, greeting) = await Caller.CallAsync(receiver.Address);
            using (second) Assert.Equal(expected, greeting);
            await first.SayAsync("QUIT");
            Assert.Null(await first.ReadAsync());
        }

        Assert.Equal((1L, 1L), (receiver.Statistics.Connections, receiver.Statistics.Refused));
        Assert.Null(receiver.Limits.Enter(IPAddress.Loopback));
    }

    [Theory]
    [InlineData(Refusal.Close, null)]
    [InlineData(Refusal.Reply, "421 4.7.0 Too many messages in this connection")]
    public async Task A_connection_ends_after_as_many_messages_as_it_may_carry(object kind, string? expected)
    {
        await using var receiver = Listen(new ReceiverPolicy
        { MessagesPerConnection = 2, AfterMessages = (Refusal)kind });
        var (caller, _) = await Caller.CallAsync(receiver.Address);
        using var _1 = caller;
        Assert.Equal("250 2.0.0 Ok", await caller.MailAsync("b@d.test"));
        Assert.Equal("250 2.0.0 Ok", await caller.MailAsync("b@d.test"));

        if (expected is not null) await caller.SendAsync("MAIL FROM:<a@b.test>\r\n");
        Assert.Equal(expected, await caller.ReadAsync());
    }

    [Fact]
    public async Task A_message_over_the_rate_is_deferred_until_there_is_a_token_again()
    {
        await using var receiver = Listen(new ReceiverPolicy { Rate = 2, Burst = 2 });
        var (caller, _) = await Caller.CallAsync(receiver.Address);
        using var _1 = caller;
        Assert.Equal("250 2.0.0 Ok", await caller.MailAsync("b@d.test"));
        Assert.Equal("250 2.0.0 Ok", await caller.MailAsync("b@d.test"));
        Assert.Equal("450 4.7.1 Too many messages, slow down", await caller.MailAsync("b@d.test"));
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal("250 2.0.0 Ok", await caller.MailAsync("b@d.test"));
        Assert.Equal((3L, 1L), (receiver.Statistics.Accepted, receiver.Statistics.Deferred));
    }

    [Fact]
    public async Task A_message_over_the_rate_may_be_a_reset()
    {
        await using var receiver = Listen(new ReceiverPolicy { Rate = 1, OverRate = Refusal.Reset });
        var (caller, _) = await Caller.CallAsync(receiver.Address);
        using var _1 = caller;
        await caller.MailAsync("b@d.test");
        Assert.Equal("RST", await caller.MailAsync("b@d.test"));
    }

    private Receiver Listen(ReceiverPolicy policy) => new(policy, new IPEndPoint(IPAddress.Loopback, 0), _clock);
}
