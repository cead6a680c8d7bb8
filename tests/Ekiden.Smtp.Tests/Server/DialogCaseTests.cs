using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ekiden.Testing;

namespace Ekiden.Smtp.Tests.Server;

/// <summary>
/// Probes from public suites (tests/data/smtp-dialogs), and what fuzzers of others once found (smtp-fuzz).
/// </summary>
public sealed class DialogCaseTests
{
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "data");

    public static TheoryData<string> Ids()
    {
        using var json = Read();
        var cases = json.RootElement.GetProperty("cases").EnumerateArray();
        return [.. cases.Select(one => Text(one, "id"))];
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public Task Probe_is_answered_as_it_must(string id) => DialogueSession.InlineAsync(async () =>
    {
        using var json = Read();
        var probe = json.RootElement.GetProperty("cases").EnumerateArray()
            .Single(one => Text(one, "id") == id);
        switch (probe.GetProperty("kind").GetString())
        {
            case "eod": await EndOfDataAsync(probe.GetProperty("seq").GetString()!); break;
            case "relay": await RelayAsync(Text(probe, "from"), Text(probe, "to")); break;
            case "starttls-injection": await InjectAsync(probe.GetProperty("extra").GetString()!); break;
            default: await PlayAsync(probe.GetProperty("steps")); break;
        }
    });

    // Expected: no crash, no hang, no reply that is not in RFC 5321's form.
    [Fact]
    public Task Bytes_that_once_broke_others_break_nothing() => DialogueSession.InlineAsync(async () =>
    {
        var text = await File.ReadAllTextAsync(
            Path.Combine(Data, "smtp-fuzz", "chasquid-fuzz.given.json"), TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(text);
        foreach (var one in json.RootElement.GetProperty("FuzzConnection").EnumerateArray())
        {
            var bytes = one[1].GetProperty("base64").GetBytesFromBase64();
            foreach (var options in new[] { new DialogueOptions(), DialogueOptions.Submission, DialogueOptions.Relay })
                await TalkAsync(options, bytes);
        }
        foreach (var one in json.RootElement.GetProperty("FuzzDecodeResponse").EnumerateArray())
        {
            await using var session = await StartAsync(DialogueOptions.Submission);
            await AskAsync(session, "EHLO x", "250");
            await AskAsync(session, "STARTTLS", "220");
            await AskAsync(session, "EHLO x", "250");
            var response = Encoding.Latin1.GetString(one[0].GetProperty("base64").GetBytesFromBase64());
            await session.SendAsync($"AUTH PLAIN {response}\r\n");
            Assert.Matches("^5", session.ReadReply());
        }
    });

    private static async Task TalkAsync(DialogueOptions options, byte[] bytes)
    {
        await using var session = await DialogueSession.StartAsync(options with { Receiver = new FakeMailReceiver() });
        await session.SendAsync(bytes);
        await session.FinishAsync();
        while (session.ReadReply() is { } reply) Assert.Matches("^[2-5][0-9][0-9][ -]", reply);
        Assert.True(session.Ended.IsCompletedSuccessfully);
    }

    private static async Task EndOfDataAsync(string sequence)
    {
        await using var session = await StartAsync(new DialogueOptions());
        await AskAsync(session, "EHLO x", "250");
        await AskAsync(session, "MAIL FROM:<x@ext.test>", "250");
        await AskAsync(session, "RCPT TO:<bounce+ok@in.test>", "250");
        await AskAsync(session, "DATA", "354");
        await session.SendAsync($"From: <x@ext.test>\r\n\r\nbody{sequence}MAIL FROM:<evil@ext.test>\r\n");
        Assert.StartsWith("550 5.5.2", session.ReadReply(), StringComparison.Ordinal);
        Assert.Null(session.ReadReply());
        Assert.Empty(session.Options.Receiver.Messages);
    }

    private static async Task RelayAsync(string from, string to)
    {
        foreach (var options in new[] { new DialogueOptions(), DialogueOptions.Relay with { IsListedClient = false } })
        {
            await using var session = await StartAsync(options);
            await AskAsync(session, "EHLO x", "250");
            await session.SendAsync($"MAIL FROM:<{Fill(from)}>\r\n");
            if (session.ReadReply()![0] != '2') continue;
            await session.SendAsync($"RCPT TO:<{Fill(to)}>\r\n");
            Assert.StartsWith("5", session.ReadReply(), StringComparison.Ordinal);
        }
    }

    private static async Task InjectAsync(string extra)
    {
        await using var session = await StartAsync(DialogueOptions.Submission);
        await AskAsync(session, "EHLO x", "250");
        await session.SendAsync("STARTTLS\r\n" + extra);
        Assert.StartsWith("554 5.5.0", session.ReadReply(), StringComparison.Ordinal);
        Assert.Null(session.ReadReply());
    }

    private static async Task PlayAsync(JsonElement steps)
    {
        await using var session = await DialogueSession.StartAsync(
            // The probes' messages have no From: what is refused for that is the real receiver's decision.
            DialogueOptions.Submission with { Receiver = new FakeMailReceiver { NeedsFrom = false } });
        foreach (var step in steps.EnumerateArray())
        {
            if (step.TryGetProperty("send", out var send)) await session.SendAsync(Fill(send.GetString()!));
            if (step.TryGetProperty("expect", out var expect))
                Assert.Matches($"^({expect.GetString()})", session.ReadReply()?.Split('\n')[^1] ?? "nothing");
            if (step.TryGetProperty("closed", out _)) Assert.True(session.Ended.IsCompleted);
            if (step.TryGetProperty("auth", out _) || step.TryGetProperty("starttls", out _))
            {
                await AskAsync(session, "STARTTLS", "220");
                await AskAsync(session, "EHLO probe.example", "250");
            }
            if (!step.TryGetProperty("auth", out _)) continue;
            var secret = Encoding.UTF8.GetBytes($"\0{FakeMailReceiver.User}\0{FakeMailReceiver.Password}");
            await AskAsync(session, $"AUTH PLAIN {Convert.ToBase64String(secret)}", "235");
        }
    }

    private static async Task<DialogueSession> StartAsync(DialogueOptions options)
    {
        var session = await DialogueSession.StartAsync(options with { Receiver = new FakeMailReceiver() });
        Assert.StartsWith("220", session.ReadReply(), StringComparison.Ordinal);
        return session;
    }

    private static async Task AskAsync(DialogueSession session, string command, string code)
    {
        await session.SendAsync(command + "\r\n");
        Assert.StartsWith(code, session.ReadReply(), StringComparison.Ordinal);
    }

    private static string Fill(string text) => Regex.Replace(text, @"\{(\w+)\}", match => match.Groups[1].Value switch
    {
        "from" => "s@a.test",
        "to" => "v@sink.test",
        "fromdomain" => "a.test",
        "victim" => "u@out.test",
        "vuser" => "u",
        "vdom" => "out.test",
        "srv" => "mx.example",
        "ip" => "127.0.0.1",
        var other => throw new InvalidOperationException($"Unknown name {other}"),
    }, RegexOptions.None, TimeSpan.FromSeconds(1));

    private static string Text(JsonElement probe, string name) => probe.GetProperty(name).GetString()!;

    private static JsonDocument Read() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Data, "smtp-dialogs", "cases.json")));
}
