using System.Text;
using Ekiden.Smtp.Client;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;
using static Ekiden.Smtp.Tests.Client.ClientFixture;

namespace Ekiden.Smtp.Tests.Client;

public class TransactionTests
{
    private const string Pipelining = "250-mx\r\n250 PIPELINING\r\n";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_recipient_gets_its_own_response(bool pipelining)
    {
        await using var mx = FakeMx.Start(new FakeMxPolicy
        {
            Extensions = pipelining ? ["PIPELINING"] : [],
            ReplyToRecipient = address => address switch
            {
                "bad@example.net" => "550 5.1.1 No such user",
                "busy@example.net" => "450 4.2.1 Busy",
                _ => "250 2.1.5 Ok",
            },
            ReplyToContent = _ => "250 2.0.0 Ok: queued as 1",
        });
        await using var connection = await OpenAsync(Target(mx.Address));
        var responses = await connection.SendAsync(
            Message("Subject: x\r\n\r\nbody\r\n", "a@example.net", "bad@example.net", "busy@example.net",
                "b@example.net"),
            Cancel);
        Assert.Equal(
            ["Taken 250", "Refused Rcpt 550", "Refused Rcpt 450", "Taken 250"], responses.Select(Short));
        var message = Assert.Single(mx.Messages);
        Assert.Equal(["a@example.net", "b@example.net"], message.Recipients);
        Assert.Equal("sender@example.org", message.Sender);
        Assert.Equal("Subject: x\r\n\r\nbody\r\n", Encoding.UTF8.GetString(message.Content));
    }

    [Fact]
    public async Task The_envelope_is_one_write_and_no_RSET_stands_between_messages()
    {
        var writes = new List<string>();
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, Pipelining);
            for (var i = 0; i < 2; i++)
            {
                foreach (var start in new[] { "MAIL", "RCPT", "RCPT", "DATA" })
                {
                    var line = await client.ExpectAsync(start);
                    if (start == "MAIL") Assert.True(client.HasInput); // the group came at once
                    writes.Add(line);
                }
                Assert.False(client.HasInput);
                await client.SayAsync("250 a\r\n250 b\r\n250 c\r\n354 d\r\n");
                Assert.Equal("x\r\n"u8.ToArray(), await client.ReadContentAsync());
                await client.LineAsync("250 Ok");
            }
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address));
        for (var i = 0; i < 2; i++)
        {
            var responses = await connection.SendAsync(Message("x\r\n", "a@example.net", "b@example.net"), Cancel);
            Assert.All(responses, response => Assert.IsType<RecipientResponse.Taken>(response));
        }
        Assert.Equal(8, writes.Count);
        Assert.Equal(2, connection.Transactions);
    }

    [Fact]
    public async Task Without_PIPELINING_each_command_waits_for_its_reply()
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, "250 mx\r\n");
            (string Start, string Reply)[] answers =
                [("MAIL", "250 a"), ("RCPT", "250 b"), ("RCPT", "550 c"), ("DATA", "354 d")];
            foreach (var (start, reply) in answers)
            {
                await client.ExpectAsync(start);
                Assert.False(client.HasInput);
                await client.LineAsync(reply);
            }
            await client.ReadContentAsync();
            await client.LineAsync("250 Ok");
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address));
        var responses = await connection.SendAsync(Message("x\r\n", "a@example.net", "b@example.net"), Cancel);
        Assert.Equal(["Taken 250", "Refused Rcpt 550"], responses.Select(Short));
    }

    // RFC 2920 §3.1.
    [Fact]
    public async Task When_all_recipients_are_refused_and_DATA_is_not_a_lone_dot_follows()
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, Pipelining);
            await EnvelopeAsync(client, "250 a\r\n550 b\r\n354 go\r\n");
            Assert.Empty(await client.ReadContentAsync());
            await client.LineAsync("554 No valid recipients");
            await EnvelopeAsync(client, "250 a\r\n250 b\r\n354 go\r\n");
            Assert.Equal("x\r\n"u8.ToArray(), await client.ReadContentAsync());
            await client.LineAsync("250 Ok");
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address));
        Assert.Equal(["Refused Rcpt 550"], (await connection.SendAsync(Message("x\r\n"), Cancel)).Select(Short));
        Assert.Equal(["Taken 250"], (await connection.SendAsync(Message("x\r\n"), Cancel)).Select(Short));
    }

    [Theory]
    [InlineData(true, "250 a|550 b|503 c", "Refused Rcpt 550")]
    [InlineData(true, "250 a|250 b|451 c", "Refused Data 451")]
    [InlineData(false, "250 a|550 b", "Refused Rcpt 550")]
    [InlineData(false, "250 a|250 b|451 c", "Refused Data 451")]
    public async Task After_a_transaction_that_stopped_half_way_the_next_begins_with_RSET(
        bool pipelining, string replies, string expected)
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, pipelining ? Pipelining : "250 mx\r\n");
            foreach (var reply in replies.Split('|'))
            {
                await client.ReadLineAsync();
                if (!pipelining) await client.LineAsync(reply);
            }
            if (pipelining) await client.SayAsync(replies.Replace("|", "\r\n") + "\r\n");
            await client.ExpectAsync("RSET");
            Assert.Equal(pipelining, client.HasInput); // it rides in the next group: no extra round trip
            await client.LineAsync("250 reset");
            foreach (var reply in new[] { "250 a", "250 b", "354 c" })
            {
                await client.ReadLineAsync();
                await client.LineAsync(reply);
            }
            await client.ReadContentAsync();
            await client.LineAsync("250 Ok");
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address));
        Assert.Equal([expected], (await connection.SendAsync(Message("x\r\n"), Cancel)).Select(Short));
        Assert.True(connection.IsUsable);
        Assert.Equal(["Taken 250"], (await connection.SendAsync(Message("x\r\n"), Cancel)).Select(Short));
    }

    [Theory]
    [InlineData("550 5.7.1 Not you\r\n503 x\r\n503 y\r\n", "Refused Mail 550", true)]
    [InlineData("451 Later\r\n503 x\r\n503 y\r\n", "Refused Mail 451", true)]
    [InlineData("250 a\r\n421 Enough\r\n", "Refused Rcpt 421", false)]
    [InlineData("421 Enough\r\n", "Refused Mail 421", false)]
    [InlineData("250 a\r\n250 b\r\n421 Enough\r\n", "Refused Data 421", false)]
    [InlineData("354 Go\r\n", "Broken Mail", false)]
    [InlineData("250 a\r\n354 Go\r\n", "Broken Rcpt", false)]
    [InlineData("250 a\r\n250 b\r\n250 c\r\n", "Broken Data", false)]
    [InlineData("550 a\r\n250 b\r\n354 c\r\n", "Refused Mail 550", false)] // it would take an empty message
    [InlineData("250 a\r\nwhat\r\n", "Broken Rcpt", false)]
    [InlineData("250 a\r\n25", "Broken Rcpt", false)] // FIN within a reply
    public async Task A_refusal_a_421_and_nonsense_are_told_apart(string replies, string expected, bool isUsable)
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, Pipelining);
            await EnvelopeAsync(client, replies);
            client.HalfClose();
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address));
        Assert.Equal([expected], (await connection.SendAsync(Message("x\r\n"), Cancel)).Select(Short));
        Assert.Equal(isUsable, connection.IsUsable);
    }

    [Fact]
    public async Task A_421_speaks_for_all_recipients_that_have_no_answer_yet()
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, Pipelining);
            await EnvelopeAsync(client, "250 a\r\n250 b\r\n550 c\r\n421 d\r\n", recipients: 3);
        });
        await using var connection = await OpenAsync(Target(server.Address));
        var responses = await connection.SendAsync(
            Message("x\r\n", "a@example.net", "b@example.net", "c@example.net"), Cancel);
        Assert.Equal(["Refused Rcpt 421", "Refused Rcpt 550", "Refused Rcpt 421"], responses.Select(Short));
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.SendAsync(Message("x\r\n"), Cancel));
    }

    [Theory]
    [InlineData("250 Ok", "Taken 250", true)]
    [InlineData("554 5.6.0 Spam", "Refused Eom 554", true)]
    [InlineData("451 4.3.0 Later", "Refused Eom 451", true)]
    [InlineData("421 4.3.0 Later", "Refused Eom 421", false)]
    [InlineData("354 More", "Broken Eom after dot", false)]
    [InlineData("", "Broken Eom after dot", false)]
    public async Task The_reply_to_the_dot_is_the_verdict(string reply, string expected, bool isUsable)
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, Pipelining);
            await EnvelopeAsync(client, "250 a\r\n250 b\r\n354 c\r\n");
            await client.ReadContentAsync();
            if (reply.Length == 0) return;
            await client.LineAsync(reply);
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address));
        Assert.Equal([expected], (await connection.SendAsync(Message("x\r\n"), Cancel)).Select(Short));
        Assert.Equal(isUsable, connection.IsUsable);
    }

    [Fact]
    public async Task A_server_that_refuses_in_the_middle_of_the_content_is_heard()
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, Pipelining);
            await EnvelopeAsync(client, "250 a\r\n250 b\r\n354 c\r\n");
            await client.ReadLineAsync();
            await client.LineAsync("552 5.3.4 Too big");
        });
        await using var connection = await OpenAsync(Target(server.Address));
        var line = Encoding.ASCII.GetBytes(new string('x', 998) + "\r\n");
        var content = new byte[32 * 1024 * 1000];
        for (var i = 0; i < content.Length; i += 1000) line.CopyTo(content, i);
        var response = Assert.Single(await connection.SendAsync(Message(content), Cancel));
        // Whether the reply is still there when the reset comes is up to the system; a dot never went out.
        Assert.True(Short(response) is "Refused Eom 552" or "Broken Eom");
        Assert.False(connection.IsUsable);
    }

    [Theory]
    [InlineData(599.999, "Taken 250")]
    [InlineData(600, "Broken Eom after dot")]
    public async Task The_reply_to_the_dot_may_take_600_seconds(double seconds, string expected)
    {
        var clock = new FakeTimeProvider();
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, Pipelining);
            await EnvelopeAsync(client, "250 a\r\n250 b\r\n354 c\r\n");
            await client.ReadContentAsync();
            clock.Advance(TimeSpan.FromSeconds(seconds));
            if (seconds < 600) await client.LineAsync("250 Ok");
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address), clock: clock);
        Assert.Equal([expected], (await connection.SendAsync(Message("x\r\n"), Cancel)).Select(Short));
    }

    [Theory]
    [InlineData(299.999, "Taken 250")]
    [InlineData(300, "Broken Mail")]
    public async Task MAIL_may_take_300_seconds(double seconds, string expected)
    {
        var clock = new FakeTimeProvider();
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, "250 mx\r\n");
            await client.ExpectAsync("MAIL");
            clock.Advance(TimeSpan.FromSeconds(seconds));
            if (seconds < 300) await RestAsync(client);
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address), clock: clock);
        Assert.Equal([expected], (await connection.SendAsync(Message("x\r\n"), Cancel)).Select(Short));
    }

    [Theory]
    [InlineData(119.999, "Taken 250")]
    [InlineData(120, "Broken Data")]
    public async Task DATA_may_take_120_seconds(double seconds, string expected)
    {
        var clock = new FakeTimeProvider();
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, "250 mx\r\n");
            await client.ExpectAsync("MAIL");
            await client.LineAsync("250 a");
            await client.ExpectAsync("RCPT");
            await client.LineAsync("250 b");
            await client.ExpectAsync("DATA");
            clock.Advance(TimeSpan.FromSeconds(seconds));
            if (seconds < 120)
            {
                await client.LineAsync("354 c");
                await client.ReadContentAsync();
                await client.LineAsync("250 Ok");
            }
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address), clock: clock);
        Assert.Equal([expected], (await connection.SendAsync(Message("x\r\n"), Cancel)).Select(Short));
    }

    // A server that gives each of many recipients its 299 s.
    [Fact]
    public async Task An_attempt_takes_at_most_45_minutes()
    {
        var clock = new FakeTimeProvider();
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, "250 mx\r\n");
            await client.ExpectAsync("MAIL");
            await client.LineAsync("250 a");
            while (await client.ReadLineAsync() is not null)
            {
                clock.Advance(TimeSpan.FromSeconds(299));
                try
                {
                    await client.LineAsync("250 b");
                }
                catch (IOException)
                {
                    return; // given up
                }
            }
        });
        await using var connection = await OpenAsync(Target(server.Address), clock: clock);
        string[] recipients = [.. Enumerable.Range(0, 20).Select(i => $"r{i}@example.net")];
        var responses = await connection.SendAsync(Message("x\r\n", recipients), Cancel);
        Assert.All(responses, response => Assert.Equal("Broken Rcpt", Short(response)));
        Assert.InRange(clock.GetUtcNow() - new FakeTimeProvider().GetUtcNow(),
            TimeSpan.FromMinutes(45), TimeSpan.FromMinutes(50));
    }

    [Fact]
    public async Task Groups_of_more_than_100_recipients_are_written_in_turns()
    {
        await using var mx = FakeMx.Start();
        await using var connection = await OpenAsync(Target(mx.Address));
        string[] recipients = [.. Enumerable.Range(0, 250).Select(i => $"r{i}@example.net")];
        var responses = await connection.SendAsync(Message("x\r\n", recipients), Cancel);
        Assert.Equal(250, responses.Count);
        Assert.All(responses, response => Assert.IsType<RecipientResponse.Taken>(response));
        Assert.Equal(recipients, Assert.Single(mx.Messages).Recipients);
    }

    [Theory]
    [InlineData("SMTPUTF8")]
    [InlineData("8BITMIME")]
    [InlineData("SIZE")]
    public async Task What_the_server_cannot_take_is_not_sent(string extension)
    {
        await using var mx = FakeMx.Start(new FakeMxPolicy { Extensions = ["PIPELINING", "SIZE 100"] });
        await using var connection = await OpenAsync(Target(mx.Address));
        var message = extension switch
        {
            "SMTPUTF8" => Message("x\r\n") with { SmtpUtf8 = true },
            "8BITMIME" => Message("é\r\n") with { EightBit = true },
            _ => Message(new string('x', 99) + "\r\n"),
        };
        Assert.Equal(new RecipientResponse.Unsupported(extension),
            Assert.Single(await connection.SendAsync(message, Cancel)));
        Assert.Equal(["Taken 250"], (await connection.SendAsync(Message(new string('x', 98) + "\r\n"), Cancel))
            .Select(Short));
    }

    [Fact]
    public async Task A_UTF8_address_needs_SMTPUTF8_even_if_nobody_said_so()
    {
        await using var mx = FakeMx.Start(new FakeMxPolicy { Extensions = ["SMTPUTF8", "8BITMIME"] });
        await using var plain = FakeMx.Start(new FakeMxPolicy { Extensions = ["8BITMIME"] });
        var message = Message("x\r\n", "用户@example.net");
        await using var connection = await OpenAsync(Target(mx.Address));
        await using var other = await OpenAsync(Target(plain.Address));
        Assert.Equal(["Taken 250"], (await connection.SendAsync(message, Cancel)).Select(Short));
        Assert.Equal("SMTPUTF8", Assert.Single(mx.Messages).SenderParameters);
        Assert.Equal(["Unsupported SMTPUTF8"], (await other.SendAsync(message, Cancel)).Select(Short));
    }

    [Fact]
    public async Task The_limit_of_transactions_that_the_server_names_is_kept()
    {
        await using var mx = FakeMx.Start(new FakeMxPolicy { Extensions = ["PIPELINING", "LIMITS MAILMAX=2"] });
        await using var connection = await OpenAsync(Target(mx.Address));
        await connection.SendAsync(Message("x\r\n"), Cancel);
        Assert.True(connection.IsUsable);
        await connection.SendAsync(Message("x\r\n"), Cancel);
        Assert.False(connection.IsUsable);
        await connection.QuitAsync(Cancel);
    }

    [Theory]
    [InlineData("a\nb\r\n")]
    [InlineData("a\rb\r\n")]
    [InlineData("a\0b\r\n")]
    public async Task Content_that_is_not_canonical_is_not_sent_at_all(string content)
    {
        await using var mx = FakeMx.Start();
        await using var connection = await OpenAsync(Target(mx.Address));
        await Assert.ThrowsAsync<ContentNotCanonicalException>(() => connection.SendAsync(Message(content), Cancel));
        Assert.True(connection.IsUsable);
        Assert.Equal(["Taken 250"], (await connection.SendAsync(Message("x\r\n"), Cancel)).Select(Short));
        Assert.Equal("x\r\n"u8.ToArray(), Assert.Single(mx.Messages).Content);
    }

    [Fact]
    public async Task Streamed_content_that_turns_out_not_to_be_canonical_never_gets_its_dot()
    {
        await using var mx = FakeMx.Start();
        var connection = await OpenAsync(Target(mx.Address));
        var content = new StreamedContent("good\r\n"u8.ToArray(), "bad\n.\r\n"u8.ToArray());
        var message = Message("") with { Content = content };
        await Assert.ThrowsAsync<ContentNotCanonicalException>(() => connection.SendAsync(message, Cancel));
        Assert.False(connection.IsUsable);
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task A_disk_that_fails_in_the_middle_of_content_never_ends_it_with_a_dot()
    {
        var content = new TaskCompletionSource<Exception?>();
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, Pipelining);
            await EnvelopeAsync(client, "250 a\r\n250 b\r\n354 c\r\n");
            content.SetResult(await Record.ExceptionAsync(() => client.ReadContentAsync(Cancel)));
        });
        await using var connection = await OpenAsync(Target(server.Address));
        var message = Message("") with { Content = new StreamedContent("good\r\n"u8.ToArray(), null) };
        await Assert.ThrowsAsync<IOException>(() => connection.SendAsync(message, Cancel));
        Assert.False(connection.IsUsable);
        Assert.NotNull(await content.Task);
    }

    [Fact]
    public async Task Stopping_after_the_dot_still_says_what_may_have_happened()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client, Pipelining);
            await EnvelopeAsync(client, "250 a\r\n250 b\r\n354 c\r\n");
            await client.ReadContentAsync();
            await cancel.CancelAsync();
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address));
        var response = Assert.Single(await connection.SendAsync(Message("x\r\n"), cancel.Token));
        Assert.Equal(new RecipientResponse.Broken(SmtpPhase.Eom, "stopped by us", true), response);
    }

    [Fact]
    public async Task A_server_that_speaks_out_of_turn_is_left()
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync("220 mx");
            await client.ExpectAsync("EHLO");
            await client.SayAsync(Pipelining + "250 a\r\n250 b\r\n354 c\r\n250 all is well\r\n");
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address));
        Assert.Equal(["Broken Mail"], (await connection.SendAsync(Message("x\r\n"), Cancel)).Select(Short));
    }

    internal static string Short(RecipientResponse response) => response switch
    {
        RecipientResponse.Taken taken => $"Taken {taken.Reply.Code}",
        RecipientResponse.Refused refused => $"Refused {refused.Phase} {refused.Reply.Code}",
        RecipientResponse.Broken broken => $"Broken {broken.Phase}{(broken.AfterDot ? " after dot" : "")}",
        RecipientResponse.Unsupported unsupported => $"Unsupported {unsupported.Extension}",
        _ => throw new ArgumentException("A new case.", nameof(response)),
    };

    internal static async Task HelloAsync(ServerSide client, string ehlo)
    {
        await client.LineAsync("220 mx");
        await client.ExpectAsync("EHLO");
        await client.SayAsync(ehlo);
    }

    private static async Task EnvelopeAsync(ServerSide client, string replies, int recipients = 1)
    {
        await client.ExpectAsync("MAIL");
        for (var i = 0; i < recipients; i++) await client.ExpectAsync("RCPT");
        await client.ExpectAsync("DATA");
        await client.SayAsync(replies);
    }

    private static async Task RestAsync(ServerSide client)
    {
        await client.LineAsync("250 a");
        await client.ExpectAsync("RCPT");
        await client.LineAsync("250 b");
        await client.ExpectAsync("DATA");
        await client.LineAsync("354 c");
        await client.ReadContentAsync();
        await client.LineAsync("250 Ok");
    }
}
