using System.Text;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>A real Postfix behind us, and a real Postfix before us.</summary>
[Trait("needs", "outside")]
public sealed class PostfixTests
{
    [Fact(Timeout = Settings.Patience)]
    public async Task Mail_goes_on_to_Postfix_and_what_it_refuses_comes_back()
    {
        await using var sink = FakeMx.Start();
        await using var postfix = await PostfixServer.StartAsync($$"""
            relay_domains = out.test
            relay_recipient_maps = inline:{ {somebody@out.test = x} }
            mynetworks =
            smtpd_relay_restrictions = permit_auth_destination, reject
            relayhost = [127.0.0.1]:{{sink.Address.Port}}

            """);
        await using var home = FakeMx.Start();
        using var settings = new TestSettings(
            Settings.Submission + Settings.Route("a.test", home.Address) + Settings.Route("out.test", postfix.Address));
        await using var server = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(server, settings.File);
        var tenant = await Tenant.AddAsync(admin, "tenant-a", "a.test");

        await using var client = await Letter.ConnectAsync(server.Listener("submission"));
        await client.StartTlsAsync();
        await client.AskAsync("EHLO client.test", "250");
        await client.AskAsync($"AUTH PLAIN {tenant.Credential}", "235");
        await Letter.SendAsync(
            client, "<s@a.test>", ["<somebody@out.test>", "<nobody@out.test> ORCPT=rfc822;asked@out.test"],
            Letter.Text);
        await sink.WaitForAsync(1, TestContext.Current.CancellationToken);
        await home.WaitForAsync(1, TestContext.Current.CancellationToken);

        var passed = Assert.Single(sink.Messages);
        Assert.Equal("somebody@out.test", Assert.Single(passed.Recipients));
        Assert.Contains("by postfix.test (Postfix)", Encoding.UTF8.GetString(passed.Content), StringComparison.Ordinal);
        using var returned = Returned.Read(Assert.Single(home.Messages));
        var about = Assert.Single(returned.Recipients);
        Assert.Equal("5.1.1", about["Status"]);
        Assert.Equal("failed", about["Action"]);
        Assert.Contains("asked@out.test", about["Original-Recipient"], StringComparison.Ordinal);
        Assert.Contains("User unknown in relay recipient table", about["Diagnostic-Code"], StringComparison.Ordinal);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task Another_Postfix_relays_through_us()
    {
        await using var sink = FakeMx.Start();
        using var settings = new TestSettings(Settings.Relay + Settings.Route("*", sink.Address));
        await using var server = await EkidenProcess.StartAsync(settings.File);
        await using var postfix = await PostfixServer.StartAsync($"""
            mynetworks = 127.0.0.1/32
            smtpd_relay_restrictions = permit_mynetworks, reject
            relayhost = [127.0.0.1]:{server.Listener("relay").Port}

            """);

        string[] recipients = [.. Enumerable.Range(0, 60).Select(number => $"r{number}@out{number % 3}.test")];
        await Letter.SendAsync(postfix.Address, "s@a.test", recipients);
        using var admin = new AdminClient(server, settings.File);
        for (var arrived = 0; arrived < 60;)
        {
            await sink.WaitForAsync(1, TestContext.Current.CancellationToken);
            arrived = sink.Messages.Sum(message => message.Recipients.Count);
        }

        await admin.WaitUntilEmptyAsync();
        Assert.Equal(60, sink.Messages.SelectMany(message => message.Recipients).Distinct().Count());
        Assert.All(sink.Messages, message =>
        {
            var text = Encoding.UTF8.GetString(message.Content);
            Assert.Contains("by relay.test (Ekiden ", text, StringComparison.Ordinal);
            Assert.Contains("by postfix.test (Postfix)", text, StringComparison.Ordinal);
        });
    }
}
