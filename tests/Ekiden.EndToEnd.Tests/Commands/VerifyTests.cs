using System.Text.Json;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Commands;

/// <summary><c>ekiden verify</c> against a name server of the test's own.</summary>
public sealed class VerifyTests
{
    [Theory(Timeout = Settings.Patience)]
    [InlineData("192.0.2.1", "pass", null)]
    [InlineData("192.0.2.2", "fail", "192.0.2.2 is not ours")]
    public async Task A_client_is_checked(string client, string result, string? explanation)
    {
        await using var server = FakeDnsServer.Start(
            "d.test TXT v=spf1 ip4:192.0.2.1 exp=why.d.test -all", "why.d.test TXT %{i} is not ours");
        var json = await JsonAsync(
            server, "spf", "--ip", client, "--from", "a@d.test", "--helo", "mail.d.test");
        Assert.Equal(result, json.GetProperty("result").GetString());
        Assert.Equal(explanation, json.GetProperty("explanation").GetString());
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task An_address_that_is_none_is_wrong_usage()
    {
        var (exit, _, _) = await EkidenProcess.RunAsync(["verify", "spf", "--ip", "nowhere", "--helo", "x"]);
        Assert.Equal(2, exit);
    }

    [Theory(Timeout = Settings.Patience)]
    [InlineData("2018-06-11T00:00:00Z", "pass")]
    [InlineData("2038-01-01T00:00:00Z", "pass")] // it does not expire
    public async Task A_signed_message_is_verified(string now, string result)
    {
        await using var server = FakeDnsServer.Start(
            "brisbane._domainkey.football.example.com TXT v=DKIM1; k=ed25519; "
                + "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
        var seconds = DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        var file = Path.Combine(AppContext.BaseDirectory, "data", "dkim", "chasquid", "01-rfc8463.msg");
        var json = await JsonAsync(server, "dkim", file, "--now", $"{seconds}");
        var signatures = json.GetProperty("signatures").EnumerateArray().ToArray();
        Assert.Equal("football.example.com", signatures[0].GetProperty("domain").GetString());
        Assert.Equal("brisbane", signatures[0].GetProperty("selector").GetString());
        Assert.Equal(result, signatures[0].GetProperty("result").GetString());
        Assert.Equal(JsonValueKind.Null, signatures[0].GetProperty("why").ValueKind);
        Assert.Equal("permerror", signatures[1].GetProperty("result").GetString());
        Assert.Equal("there is no key", signatures[1].GetProperty("why").GetString());
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task A_chain_is_verified()
    {
        await using var server = FakeDnsServer.Start();
        var file = Path.Combine(AppContext.BaseDirectory, "data", "dkim", "chasquid", "01-rfc8463.msg");
        var json = await JsonAsync(server, "arc", file);
        Assert.Equal("none", json.GetProperty("cv").GetString());
        Assert.Equal("the message has no ARC sets", json.GetProperty("why").GetString());
    }

    [Theory(Timeout = Settings.Patience)]
    [InlineData("192.0.2.1", "bounces.football.example.com", "pass", "none")]
    [InlineData("192.0.2.2", "bounces.football.example.com", "fail", "reject")]
    [InlineData("192.0.2.1", "other.test", "fail", "reject")]
    public async Task A_message_is_verified_as_a_receiver_does(
        string client, string sender, string result, string disposition)
    {
        await using var server = FakeDnsServer.Start(
            "_dmarc.example.com TXT v=DMARC1; p=reject", "football.example.com A 192.0.2.1",
            "bounces.football.example.com TXT v=spf1 ip4:192.0.2.1 -all", "other.test TXT v=spf1 ip4:192.0.2.1 -all");
        var file = Path.Combine(AppContext.BaseDirectory, "data", "dkim", "chasquid", "01-rfc8463.msg");
        var json = await JsonAsync(
            server, "message", file, "--ip", client, "--from", $"b@{sender}", "--helo", "mail.example.com");
        Assert.Equal(result, json.GetProperty("dmarc").GetProperty("result").GetString());
        Assert.Equal(disposition, json.GetProperty("dmarc").GetProperty("disposition").GetString());
        Assert.Equal("example.com", json.GetProperty("dmarc").GetProperty("org_domain").GetString());
        Assert.Equal(2, json.GetProperty("signatures").GetArrayLength());
        Assert.Equal("none", json.GetProperty("arc").GetProperty("cv").GetString());
        Assert.Equal(
            client == "192.0.2.1" ? "pass" : "fail", json.GetProperty("spf").GetProperty("result").GetString());
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task A_file_that_is_not_there_is_a_problem()
    {
        var (exit, output, _) = await EkidenProcess.RunAsync(["verify", "dkim", "/nowhere/at-all", "--json"]);
        Assert.Equal(1, exit);
        using var json = JsonDocument.Parse(output);
        Assert.False(string.IsNullOrEmpty(json.RootElement.GetProperty("title").GetString()));
    }

    private static async Task<JsonElement> JsonAsync(FakeDnsServer server, params string[] command)
    {
        var (exit, output, error) = await EkidenProcess.RunAsync(
            ["verify", .. command, "--dns", server.EndPoint.ToString(), "--json"]);
        Assert.True(exit == 0, output + error);
        using var json = JsonDocument.Parse(output);
        return json.RootElement.Clone();
    }
}
