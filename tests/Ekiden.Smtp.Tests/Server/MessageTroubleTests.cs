using Ekiden.Mail;
using Ekiden.Testing;

namespace Ekiden.Smtp.Tests.Server;

/// <summary>Our own trouble: it never closes a session, never says why, and never takes content for commands.</summary>
public sealed class MessageTroubleTests
{
    private const string Script = """
        S: 220 *
        C: EHLO client.example
        S: 250 *
        C: MAIL FROM:<x@ext.test>
        C: RCPT TO:<bounce+ok@in.test>
        C: DATA
        S: 250 *
        S: 250 *
        S: 354 *
        C: Subject: x
        C:
        C: MAIL FROM:<>
        C: .
        """;

    // Whoever looks for the client that cannot say its name finds it in the log; the name stays outside.
    [Theory]
    [InlineData("EHLO")]
    [InlineData("HELO")]
    public async Task A_refused_name_leaves_one_record(string verb)
    {
        var log = new ErrorCounter();
        await Dialogue.RunAsync($"""
            S: 220 *
            C: {verb} x y
            S: 501 5.5.4 *
            C: {verb} client.example
            S: 250 *
            """, new DialogueOptions { Log = log });
        Assert.Contains("name in EHLO or HELO was refused", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_within_DATA_is_told_at_the_end()
    {
        var receiver = new FakeMailReceiver { OnWrite = static () => throw new IOException("secret path") };
        var log = new ErrorCounter();
        await Dialogue.RunAsync(Script + """

            S: 451 4.3.0 Local trouble, try again later
            C: MAIL FROM:<>
            S: 250 *
            """, new DialogueOptions { Receiver = receiver, Log = log });
        Assert.Equal(1, log.Errors);
        Assert.Empty(receiver.Messages);
    }

    [Fact]
    public async Task A_commit_that_takes_too_long_is_a_deferral()
    {
        var receiver = new FakeMailReceiver
        {
            OnComplete = static async cancel =>
            {
                var never = new TaskCompletionSource<SmtpReply?>();
                await using (cancel.Register(() => never.TrySetCanceled(cancel))) return await never.Task;
            },
        };
        await Dialogue.RunAsync(Script + """

            T: 49
            S: nothing
            T: 2
            S: 451 4.3.0 *
            """, new DialogueOptions { Receiver = receiver });
        Assert.Empty(receiver.Messages);
    }

    [Fact]
    public Task A_full_queue_is_told_before_the_message() => Dialogue.RunAsync("""
        S: 220 *
        C: EHLO client.example
        S: 250 *
        C: MAIL FROM:<x@ext.test> SIZE=1000
        S: 452 4.3.1 Queue full
        C: RCPT TO:<bounce+ok@in.test>
        S: 503 5.5.1 *
        """, new DialogueOptions
    {
        Receiver = new FakeMailReceiver { OnSender = static _ => SmtpReply.Of(452, "4.3.1", "Queue full") },
    });

    // Reliability G-R8: a revoked key ends the session at the next command.
    [Fact]
    public Task A_receiver_that_answers_421_ends_the_session() => Dialogue.RunAsync("""
        S: 220 *
        C: EHLO client.example
        S: 250 *
        C: MAIL FROM:<x@ext.test>
        S: 421 4.7.0 Key revoked
        S: closed
        """, new DialogueOptions
    {
        Receiver = new FakeMailReceiver { OnSender = static _ => SmtpReply.Of(421, "4.7.0", "Key revoked") },
    });

    // Reliability B-R6: 64 KiB without an end, then nobody reads on.
    [Fact]
    public Task An_endless_command_ends_the_session() => DialogueSession.InlineAsync(async () =>
    {
        await using var session = await DialogueSession.StartAsync(new DialogueOptions());
        session.ReadReply();
        await session.SendAsync(new string('a', 60_000));
        Assert.Null(session.TryReadReply());
        await session.SendAsync(new string('a', 6_000));
        Assert.StartsWith("500 5.5.2", session.TryReadReply(), StringComparison.Ordinal);
        Assert.True(session.Ended.IsCompleted);
    });

    [Theory]
    [InlineData(2_048, "250")]
    [InlineData(2_049, "500")]
    public Task A_command_line_has_2048_octets(int length, string code) => DialogueSession.InlineAsync(async () =>
    {
        await using var session = await DialogueSession.StartAsync(new DialogueOptions());
        session.ReadReply();
        await session.SendAsync("NOOP " + new string('a', length - 7) + "\r\nNOOP\r\n");
        Assert.StartsWith(code, session.TryReadReply(), StringComparison.Ordinal);
        Assert.StartsWith("250", session.TryReadReply(), StringComparison.Ordinal);
    });

    [Fact]
    public Task A_busy_server_gives_silent_clients_ten_seconds() => Dialogue.RunAsync("""
        S: 220 *
        T: 9
        S: nothing
        T: 2
        S: 421 4.4.2 *
        S: closed
        """, new DialogueOptions { IsStressed = true });
}
