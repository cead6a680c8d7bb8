using System.Text.Json;
using System.Text.RegularExpressions;
using Ekiden.EndToEnd.Tests.Vectors;

namespace Ekiden.EndToEnd.Tests.Dialogs;

/// <summary>The probes of public suites (tests/data/smtp-dialogs) against the real executable.</summary>
public sealed class DialogTests(VectorServer server) : IClassFixture<VectorServer>
{
    public static TheoryData<string> Ids()
    {
        using var json = Read();
        return [.. Cases(json).Select(one => one.GetProperty("id").GetString()!)];
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Probe_is_answered_as_it_must(string id)
    {
        var before = await server.CountMessagesAsync();
        using var json = Read();
        var probe = Cases(json).Single(one => one.GetProperty("id").GetString() == id);
        switch (probe.GetProperty("kind").GetString())
        {
            case "eod": await EndOfDataAsync(probe.GetProperty("seq").GetString()!); break;
            case "relay":
                await RelayAsync(probe.GetProperty("from").GetString()!, probe.GetProperty("to").GetString()!);
                break;
            case "starttls-injection": await InjectAsync(probe.GetProperty("extra").GetString()!); break;
            default:
                await PlayAsync(probe.GetProperty("steps"));
                return;
        }
        Assert.Equal(before, await server.CountMessagesAsync());
    }

    private async Task EndOfDataAsync(string sequence)
    {
        await using var client = await Letter.ConnectAsync(server.Process.Listener("mx"));
        await client.AskAsync("MAIL FROM:<x@ext.test>", "250");
        await client.AskAsync("RCPT TO:<bounce+ok@in.test>", "250");
        await client.AskAsync("DATA", "354");
        await client.SendAsync($"From: <x@ext.test>\r\n\r\nbody{sequence}MAIL FROM:<evil@ext.test>\r\n");
        await client.ExpectAsync("550 5.5.2", "the end of the content");
        Assert.Null(await client.ReadReplyAsync());
    }

    private async Task RelayAsync(string from, string to)
    {
        foreach (var listener in new[] { "mx", "relay" })
        {
            await using var client = await Letter.ConnectAsync(server.Process.Listener(listener));
            await client.SendAsync($"MAIL FROM:<{Fill(from)}>\r\n");
            if (await client.ReadReplyAsync() is not ['2', ..]) continue;
            await client.AskAsync($"RCPT TO:<{Fill(to)}>", "5");
        }
    }

    private async Task InjectAsync(string extra)
    {
        await using var client = await Letter.ConnectAsync(server.Process.Listener("sub"));
        await client.SendAsync("STARTTLS\r\n" + extra);
        await client.ExpectAsync("554 5.5.0", "STARTTLS with more behind it");
        Assert.Null(await client.ReadReplyAsync());
    }

    private async Task PlayAsync(JsonElement steps)
    {
        await using var client = await RawSmtp.ConnectAsync(server.Process.Listener("sub"));
        foreach (var step in steps.EnumerateArray())
        {
            if (step.TryGetProperty("send", out var send)) await client.SendAsync(WithFrom(Fill(send.GetString()!)));
            if (step.TryGetProperty("expect", out var expect))
            {
                var reply = await client.ReadReplyAsync();
                Assert.Matches($"^({expect.GetString()})", reply?.Split('\n')[^1] ?? "the end");
            }
            if (step.TryGetProperty("closed", out _)) Assert.Null(await client.ReadReplyAsync());
            var isSignIn = step.TryGetProperty("auth", out _);
            if (isSignIn || step.TryGetProperty("starttls", out _))
            {
                await client.StartTlsAsync();
                await client.AskAsync("EHLO probe.test", "250");
            }
            if (isSignIn) await client.AskAsync($"AUTH PLAIN {server.TenantA.Credential}", "235");
        }
    }

    // The probes' messages have no From, without which nothing is taken here.
    private static string WithFrom(string text) =>
        text.StartsWith("Subject:", StringComparison.Ordinal) ? "From: <s@a.test>\r\n" + text : text;

    private static string Fill(string text) => Regex.Replace(text, @"\{(\w+)\}", match => match.Groups[1].Value switch
    {
        "from" => "s@a.test",
        "to" => "v@sink.test",
        "fromdomain" => "a.test",
        "victim" => "u@out.test",
        "vuser" => "u",
        "vdom" => "out.test",
        "srv" => "relay.test",
        "ip" => "127.0.0.1",
        var other => throw new InvalidOperationException($"Unknown name {other}"),
    }, RegexOptions.None, TimeSpan.FromSeconds(1));

    private static JsonElement.ArrayEnumerator Cases(JsonDocument json) =>
        json.RootElement.GetProperty("cases").EnumerateArray();

    private static JsonDocument Read() =>
        JsonDocument.Parse(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "smtp-dialogs", "cases.json")));
}
