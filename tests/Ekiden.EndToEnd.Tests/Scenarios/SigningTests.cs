using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>Mail leaves signed, by keys that its domain was given when it was added.</summary>
public sealed class SigningTests
{
    [Fact(Timeout = Settings.Patience)]
    public async Task What_leaves_is_signed_with_both_keys_and_the_same_for_all_recipients()
    {
        var seen = new ConcurrentDictionary<string, int>();
        await using var sink = FakeMx.Start(new FakeMxPolicy
        {
            ReplyToRecipient = address =>
                address[0] == 'w' && seen.AddOrUpdate(address, 1, (_, times) => times + 1) == 1
                    ? "450 4.2.0 Later" : "250 2.1.5 Ok",
        });
        using var settings = new TestSettings(
            Settings.Submission + Settings.Route("*", sink.Address) + Settings.Retry());
        await using var server = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(server, settings.File);
        var tenant = await Tenant.AddAsync(admin, "shop", "a.test");

        await SendAsync(server, tenant, "s@mail.a.test");
        await sink.WaitForAsync(2, TestContext.Current.CancellationToken);

        var signed = sink.Messages.First().Content;
        Assert.Equal(signed, sink.Messages.Last().Content);
        foreach (var signature in await VerifyAsync(admin, signed, ("shop", "a.test")))
        {
            Assert.Equal("pass", signature.GetProperty("result").GetString());
            Assert.Equal("a.test", signature.GetProperty("domain").GetString());
        }
        Assert.Contains($"SIZE={signed.Length}", sink.Messages.First().SenderParameters.Split(' '));
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task Nobody_but_its_account_has_mail_of_a_domain_signed()
    {
        await using var sink = FakeMx.Start();
        using var settings = new TestSettings(Settings.Relay + Settings.Route("*", sink.Address));
        await using var server = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(server, settings.File);
        await Tenant.AddAsync(admin, "shop", "a.test");

        await Letter.SendAsync(server.Listener("relay"), "s@a.test", "v@sink.test");
        await sink.WaitForAsync(1, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(
            "DKIM-Signature", Encoding.UTF8.GetString(Assert.Single(sink.Messages).Content), StringComparison.Ordinal);
    }

    // Issue 4, 1: bounces are mail like any other.
    [Fact(Timeout = Settings.Patience)]
    public async Task A_notice_is_signed_in_the_name_of_this_host()
    {
        await using var refuser = FakeMx.Start(new FakeMxPolicy { ReplyToRecipient = _ => "550 5.1.1 No such user" });
        await using var home = FakeMx.Start();
        using var settings = new TestSettings(
            Settings.Relay + Settings.Route("out.test", refuser.Address) + Settings.Route("*", home.Address));
        await using var server = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(server, settings.File);
        await Tenant.AddAsync(admin, "operator", "relay.test");

        await Letter.SendAsync(server.Listener("relay"), "s@a.test", "nobody@out.test");
        await home.WaitForAsync(1, TestContext.Current.CancellationToken);

        var notice = Assert.Single(home.Messages);
        Assert.Equal("", notice.Sender);
        var signatures = await VerifyAsync(admin, notice.Content, ("operator", "relay.test"));
        Assert.All(signatures, signature => Assert.Equal("pass", signature.GetProperty("result").GetString()));
        Assert.All(signatures, signature => Assert.Equal("relay.test", signature.GetProperty("domain").GetString()));
    }

    private static async Task SendAsync(EkidenProcess server, Tenant tenant, string from)
    {
        using var http = new HttpClient { BaseAddress = server.Http };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tenant.Secret);
        using var answer = await http.PostAsJsonAsync(
            new Uri("/v1/messages", UriKind.Relative),
            new { from, to = new[] { "v@sink.test", "w@sink.test" }, subject = "駅伝", text = "こんにちは\n" },
            TestContext.Current.CancellationToken);
        Assert.True(
            answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    // The records that the server told to publish are published, and the executable verifies with them.
    private static async Task<JsonElement[]> VerifyAsync(
        AdminClient admin, byte[] message, (string Account, string Domain) signer)
    {
        using var answer = await admin.Http.PostAsJsonAsync(
            new Uri("/v1/domains", UriKind.Relative), new { account = signer.Account, domain = signer.Domain },
            TestContext.Current.CancellationToken);
        using var told = JsonDocument.Parse(
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var zone = told.RootElement.GetProperty("records").EnumerateArray().Select(record =>
            $"{record.GetProperty("name")} {record.GetProperty("type")} {record.GetProperty("value")}");
        await using var dns = FakeDnsServer.Start([.. zone]);
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, message, TestContext.Current.CancellationToken);
        var (_, output, error) = await EkidenProcess.RunAsync(
            ["verify", "dkim", file, "--dns", dns.EndPoint.ToString(), "--json"]);
        File.Delete(file);
        Assert.True(output.Length > 0, error);
        using var json = JsonDocument.Parse(output);
        var signatures = json.RootElement.GetProperty("signatures").EnumerateArray().ToArray();
        Assert.Equal(2, signatures.Length);
        return [.. signatures.Select(signature => signature.Clone())];
    }
}
