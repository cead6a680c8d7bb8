using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ekiden.Cli.Tests;

public sealed class SendmailProgramTests
{
    private const string Ok = "250 ok\r\n";
    private const string Hello = "250-relay.example\r\n250-SIZE 1000\r\n250-DSN\r\n250 8BITMIME\r\n";

    [Fact]
    public async Task A_mail_is_handed_to_the_relay_listener()
    {
        using var run = new CommandRun();
        run.Input = Encoding.UTF8.GetBytes("To: a@b.example\nBcc: c@d.example\nSubject: s\n\n.dot\n");
        var said = await TalkAsync(
            run, ["220 hi\r\n", Hello, Ok, Ok, Ok, "354 go\r\n", "250 2.0.0 queued\r\n", "221 bye\r\n"],
            "-t", "-oi", "-f", "s@b.example", "-N", "failure", "-V", "a b+c");

        Assert.Equal(0, said.ExitCode);
        Assert.Equal(
            "EHLO localhost|MAIL FROM:<s@b.example> SIZE=56 ENVID=a+20b+2Bc|RCPT TO:<a@b.example> NOTIFY=FAILURE|"
            + "RCPT TO:<c@d.example> NOTIFY=FAILURE|DATA|From: s@b.example|To: a@b.example|Subject: s||..dot|.|QUIT|",
            said.Lines);
    }

    [Theory]
    [InlineData("550 5.1.1 no such user\r\n", 67)]
    [InlineData("451 4.3.0 later\r\n", 75)]
    public async Task A_refused_recipient_stops_the_mail_for_all(string reply, int exitCode)
    {
        using var run = new CommandRun { Input = "Subject: s\n\nx\n"u8.ToArray() };
        var said = await TalkAsync(run, ["220 hi\r\n", Hello, Ok, Ok, reply], "a@b.example", "c@d.example");

        Assert.Equal(exitCode, said.ExitCode);
        Assert.DoesNotContain("DATA", said.Lines, StringComparison.Ordinal);
        Assert.Contains("c@d.example", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("554 5.6.0 bad content\r\n", 65)]
    [InlineData("452 4.3.1 disk\r\n", 75)]
    [InlineData(null, 75)]
    [InlineData("nonsense\r\n", 75)]
    public async Task The_answer_to_the_mail_is_the_exit_code(string? reply, int exitCode)
    {
        string[] replies = reply is null ? [] : [reply];
        using var run = new CommandRun { Input = "Subject: s\n\nx\n"u8.ToArray() };
        var said = await TalkAsync(run, ["220 hi\r\n", Hello, Ok, Ok, "354 go\r\n", .. replies], "a@b.example");
        Assert.Equal(exitCode, said.ExitCode);
    }

    [Fact]
    public async Task Without_a_relay_listener_callers_try_again_later()
    {
        using var run = new CommandRun { Input = "x"u8.ToArray() };
        Assert.Equal(75, await run.RunAsAsync("sendmail", "a@b.example"));
        Assert.Contains("relay listener", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_settings_callers_try_again_later()
    {
        using var run = new CommandRun { Input = "x"u8.ToArray(), NoSettings = "no file found" };
        Assert.Equal(75, await run.RunAsAsync("sendmail", "a@b.example"));
    }

    [Fact]
    public async Task Without_a_server_callers_try_again_later()
    {
        using var run = new CommandRun { Input = "x"u8.ToArray() };
        using (var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            run.Relays.Add((IPEndPoint)closed.LocalEndPoint!);
        }
        Assert.Equal(75, await run.RunAsAsync("sendmail", "a@b.example"));
    }

    [Theory]
    [InlineData("-Z")]
    [InlineData("-t")]
    [InlineData("-i")]
    public async Task A_wrong_call_is_a_usage_error(string option)
    {
        using var run = new CommandRun { Input = "Subject: no recipient\n\nx"u8.ToArray() };
        run.Relays.Add(new IPEndPoint(IPAddress.Loopback, 1));
        Assert.Equal(64, await run.RunAsync("sendmail", option));
    }

    [Fact]
    public async Task Mailq_shows_the_queue()
    {
        using var run = new CommandRun().Running();
        run.Api.Answer("""{"data":[],"next_cursor":null,"has_more":false}""");
        Assert.Equal(0, await run.RunAsAsync("mailq"));
        Assert.Equal(["GET http://127.0.0.1:18025/v1/queue"], run.Api.Requests);
        Assert.Equal(69, await run.RunAsAsync("mailq"));
    }

    [Fact]
    public async Task Newaliases_has_nothing_to_do()
    {
        using var run = new CommandRun();
        Assert.Equal(0, await run.RunAsAsync("newaliases"));
    }

    private static async Task<(int ExitCode, string Lines)> TalkAsync(
        CommandRun run, string[] replies, params string[] arguments)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        run.Relays.Add((IPEndPoint)listener.LocalEndPoint!);
        var call = run.RunAsAsync("sendmail", arguments);
        using var accepted = await listener.AcceptAsync(cancel);
        var lines = await ServeAsync(accepted, replies, cancel);
        return (await call, lines);
    }

    // Reads one command after each reply, or the whole content after 354; then hangs up.
    private static async Task<string> ServeAsync(Socket socket, string[] replies, CancellationToken cancel)
    {
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        var lines = new StringBuilder();
        foreach (var reply in replies)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(reply), cancel);
            var isContent = reply.StartsWith("354", StringComparison.Ordinal);
            string? line;
            do
            {
                line = await reader.ReadLineAsync(cancel);
                if (line is not null) lines.Append(line).Append('|');
            }
            while (isContent && line is not null and not ".");
        }
        socket.Shutdown(SocketShutdown.Both);
        return lines.ToString();
    }
}
