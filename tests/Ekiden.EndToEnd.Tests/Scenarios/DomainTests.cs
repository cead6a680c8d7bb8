using System.Text;
using System.Text.Json;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>A domain from its addition to its first signature, with the records that Ekiden says in DNS.</summary>
public sealed class DomainTests
{
    [Fact(Timeout = Settings.Patience)]
    public async Task Publishing_what_was_printed_verifies_the_domain_and_its_mail_is_signed_with_both_domains()
    {
        List<string> lines =
            ["relay.test A 203.0.113.9", "9.113.0.203.in-addr.arpa PTR relay.test", "shop.test MX 10 relay.test"];
        await using var dns = FakeDnsServer.Start([.. lines]);
        await using var sink = FakeMx.Start();
        using var settings = new TestSettings(
            Settings.Relay.Replace("[[listener]]", "[[listener]]\naccount = \"shop\"", StringComparison.Ordinal)
            + Settings.Route("*", sink.Address)
            + $"""
            [dns]
            servers = ["{dns.EndPoint}"]
            [dkim]
            second_domain = "relay.test"
            signature_lifetime = "7d"
            """);
        await using var server = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(server, settings.File);
        await Tenant.AddAsync(admin, "operator", "relay.test");
        await RunAsync(settings, "account", "add", "shop");
        using var added = await RunAsync(settings, "domain", "add", "shop", "shop.test");
        Assert.False(added.RootElement.GetProperty("verified").GetBoolean());
        Assert.Equal("error", await CheckAsync(settings, "spf", "dkim", "dmarc"));

        foreach (var record in added.RootElement.GetProperty("records").EnumerateArray())
            lines.Add($"{record.GetProperty("name")} {record.GetProperty("type")} {record.GetProperty("value")}");
        dns.Zone = FakeDnsZone.Parse(lines);
        using var verified = await RunAsync(settings, "domain", "verify", "shop.test");
        Assert.Equal("verified", verified.RootElement.GetProperty("status").GetString());
        Assert.Equal("ok", await CheckAsync(settings, "spf", "dkim", "dmarc", "alignment", "mx", "ptr", "ehlo"));

        await using var client = await Letter.ConnectAsync(server.Listener("relay"));
        await Letter.SendAsync(
            client, "<s@shop.test>", ["<v@sink.test>"], "From: <s@shop.test>\r\nSubject: t\r\n\r\nHello.\r\n");
        await sink.WaitForAsync(1, TestContext.Current.CancellationToken);
        var text = Encoding.UTF8.GetString(Assert.Single(sink.Messages).Content);
        Assert.Equal(2, text.Split("d=shop.test").Length - 1);
        Assert.Equal(2, text.Split("d=relay.test").Length - 1);
        Assert.Equal(4, text.Split("; x=").Length - 1);
    }

    private static async Task<string> CheckAsync(TestSettings settings, params string[] checks)
    {
        using var report = await RunAsync(settings, "domain", "check", "shop.test");
        var statuses = report.RootElement.GetProperty("checks").EnumerateArray()
            .Where(check => checks.Contains(check.GetProperty("check").GetString()))
            .Select(check => check.GetProperty("status").GetString()).Distinct().ToArray();
        return statuses.Contains("error") ? "error" : Assert.Single(statuses)!;
    }

    private static async Task<JsonDocument> RunAsync(TestSettings settings, params string[] command)
    {
        var (code, output, error) = await EkidenProcess.RunAsync(
            [.. command, "--config", settings.File, "--json"]);
        Assert.True(code == 0, output + error);
        return JsonDocument.Parse(output);
    }
}
