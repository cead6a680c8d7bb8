using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>Mail on its way out: found by MX at a name server on loopback, to receivers that are kind or not.</summary>
public sealed class DeliveryTests
{
    [Fact(Timeout = Settings.Patience)]
    public async Task A_hundred_recipients_at_twenty_domains_are_few_transactions_for_each_receiving_site()
    {
        const int Sites = 4;
        var sites = Sinks(Sites);
        await using var _ = new AsyncDisposables(sites);
        var zone = Enumerable.Range(0, 20).Select(domain => $"d{domain}.test MX 10 mx{domain % Sites}.test")
            .Concat(sites.Select((site, number) => $"mx{number}.test A {site.Address.Address}"));
        await using var dns = FakeDnsServer.Start([.. zone]);
        using var settings = new TestSettings(Settings.Relay + Settings.ByMx(dns.EndPoint, sites[0].Address.Port));
        await using var server = await EkidenProcess.StartAsync(settings.File);
        string[] recipients = [.. Enumerable.Range(0, 100).Select(number => $"r{number}@d{number % 20}.test")];

        await Letter.SendAsync(server.Listener("relay"), "s@a.test", recipients);
        using var admin = new AdminClient(server, settings.File);
        await admin.WaitUntilEmptyAsync();

        Assert.Equal(
            recipients.Order(StringComparer.Ordinal),
            sites.SelectMany(site => site.Messages).SelectMany(message => message.Recipients)
                .Order(StringComparer.Ordinal));
        // One, where all five domains of a site are found before the first is on its way; never one a recipient.
        Assert.All(sites, site => Assert.InRange(site.Messages.Count, 1, 10));
        Assert.Equal(0, await admin.AccountingGapAsync());
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task A_peer_that_dies_after_the_dot_gets_the_mail_again_and_the_log_says_that_it_may_have_it_twice()
    {
        var died = 0;
        var policy = new FakeMxPolicy { DiesAfterDot = _ => Interlocked.Increment(ref died) == 1 };
        await using var sink = FakeMx.Start(policy);
        using var settings = new TestSettings(Settings.Relay + Settings.Route("*", sink.Address) + Settings.Retry());
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await Letter.SendAsync(server.Listener("relay"), "s@a.test", "v@sink.test");
        await sink.WaitForAsync(2, TestContext.Current.CancellationToken);
        await server.WaitForLogAsync("\"message\":\"delivered msg_");

        var record = await server.WaitForLogAsync("\"message\":\"deferred msg_");
        Assert.Contains("\"possible_duplicate\":true", record, StringComparison.Ordinal);
        Assert.Equal(2, sink.Messages.Count);
        Assert.Equal(sink.Messages.First().Content, sink.Messages.Last().Content);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task A_greylisting_peer_is_asked_again()
    {
        var seen = new ConcurrentDictionary<string, int>();
        await using var sink = FakeMx.Start(new FakeMxPolicy
        {
            ReplyToRecipient = address => seen.AddOrUpdate(address, 1, (_, times) => times + 1) == 1
                ? "450 4.2.0 Greylisted, try again later" : "250 2.1.5 Ok",
        });
        using var settings = new TestSettings(Settings.Relay + Settings.Route("*", sink.Address) + Settings.Retry());
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await Letter.SendAsync(server.Listener("relay"), "s@a.test", "v@sink.test", "w@sink.test");
        using var admin = new AdminClient(server, settings.File);
        await admin.WaitUntilEmptyAsync();

        Assert.Equal(
            ["v@sink.test", "w@sink.test"],
            sink.Messages.SelectMany(message => message.Recipients).Order(StringComparer.Ordinal));
    }

    // RFC 7505 §5: there is nothing to wait for.
    [Fact(Timeout = Settings.Patience)]
    public async Task A_domain_that_says_it_takes_no_mail_is_returned_at_once()
    {
        await using var home = FakeMx.Start(address: new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await using var dns = FakeDnsServer.Start("d.test MX 0 .", "a.test A 127.0.0.2");
        using var settings = new TestSettings(Settings.Relay + Settings.ByMx(dns.EndPoint, home.Address.Port));
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await Letter.SendAsync(server.Listener("relay"), "s@a.test", "u@d.test");
        await home.WaitForAsync(1, TestContext.Current.CancellationToken);

        using var returned = Returned.Read(Assert.Single(home.Messages));
        Assert.Equal("5.1.10", Assert.Single(returned.Recipients)["Status"]);
    }

    // Reliability I-R1: two answers, at least 15 minutes apart. The second is in the tests of RouteFinder.
    [Fact(Timeout = Settings.Patience)]
    public async Task A_domain_that_does_not_exist_is_asked_for_again_before_mail_is_returned()
    {
        await using var home = FakeMx.Start(address: new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await using var dns = FakeDnsServer.Start("d.test * !NXDOMAIN", "a.test A 127.0.0.2");
        using var settings = new TestSettings(Settings.Relay + Settings.ByMx(dns.EndPoint, home.Address.Port));
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await Letter.SendAsync(server.Listener("relay"), "s@a.test", "u@d.test");
        var record = await server.WaitForLogAsync("\"message\":\"deferred msg_");

        using var json = JsonDocument.Parse(record);
        Assert.Equal("4.4.4", json.RootElement.GetProperty("status").GetString());
        var wait = json.RootElement.GetProperty("next_attempt").GetDateTimeOffset()
            - json.RootElement.GetProperty("time").GetDateTimeOffset();
        Assert.InRange(wait, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(16));
        Assert.Empty(home.Messages);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task While_names_are_not_answered_mail_waits_and_nothing_is_returned()
    {
        await using var sink = FakeMx.Start(address: new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await using var dns = FakeDnsServer.Start("d.test * !SERVFAIL", "a.test * !SERVFAIL");
        using var settings = new TestSettings(Settings.Relay + Settings.ByMx(dns.EndPoint, sink.Address.Port));
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await Letter.SendAsync(server.Listener("relay"), "s@a.test", "u@d.test");
        await server.WaitForLogAsync("\"message\":\"deferred msg_.*4\\.4\\.3");
        Assert.Empty(sink.Messages);

        dns.Zone = FakeDnsZone.Parse(["d.test MX 10 mx.d.test", "mx.d.test A 127.0.0.2"]);
        await sink.WaitForAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal("u@d.test", Assert.Single(Assert.Single(sink.Messages).Recipients));
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task Addresses_in_Japanese_travel_to_a_receiver_that_knows_them()
    {
        await using var sink = FakeMx.Start(address: new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await using var dns = FakeDnsServer.Start("xn--r8jz45g.test MX 10 mx.d.test", "mx.d.test A 127.0.0.2");
        using var settings = new TestSettings(Settings.Relay + Settings.ByMx(dns.EndPoint, sink.Address.Port));
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await using var client = await Letter.ConnectAsync(server.Listener("relay"));
        var reply = await Letter.SendAsync(
            client, "<差出人@例え.test> SMTPUTF8", ["<受取人@例え.test>"],
            "From: <差出人@例え.test>\r\nSubject: 駅伝\r\n\r\n本文\r\n");
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        await sink.WaitForAsync(1, TestContext.Current.CancellationToken);

        var arrived = Assert.Single(sink.Messages);
        Assert.Contains("SMTPUTF8", arrived.SenderParameters, StringComparison.Ordinal);
        Assert.StartsWith("受取人@", Assert.Single(arrived.Recipients), StringComparison.Ordinal);
        var text = Encoding.UTF8.GetString(arrived.Content);
        Assert.Contains("Subject: 駅伝\r\n\r\n本文\r\n", text, StringComparison.Ordinal);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task Addresses_in_Japanese_are_returned_where_the_receiver_does_not_know_them()
    {
        await using var old = FakeMx.Start(new FakeMxPolicy { Extensions = ["PIPELINING", "8BITMIME"] });
        await using var home = FakeMx.Start();
        using var settings = new TestSettings(
            Settings.Relay + Settings.Route("a.test", home.Address) + Settings.Route("*", old.Address));
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await using var client = await Letter.ConnectAsync(server.Listener("relay"));
        await Letter.SendAsync(client, "<s@a.test> SMTPUTF8", ["<受取人@out.test>"], Letter.Text);
        await home.WaitForAsync(1, TestContext.Current.CancellationToken);

        using var returned = Returned.Read(Assert.Single(home.Messages));
        Assert.Equal("5.6.7", Assert.Single(returned.Recipients)["Status"]);
        Assert.Empty(old.Messages);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task A_domain_of_our_own_takes_mail_for_its_recipients_and_for_nobody_else()
    {
        await using var mailboxes = FakeMx.Start();
        using var settings = new TestSettings($"""
            [[listener]]
            name = "mx"
            address = "127.0.0.1:0"
            role = "inbound"
            [local]
            domains = ["in.test"]
            recipients = ["info"]
            {Settings.Route("in.test", mailboxes.Address)}
            """);
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await using (var client = await Letter.ConnectAsync(server.Listener("mx")))
        {
            await client.AskAsync("MAIL FROM:<x@ext.test>", "250");
            await client.AskAsync("RCPT TO:<nobody@in.test>", "550 5.1.1");
            await client.AskAsync("RCPT TO:<u@out.test>", "550 5.7.1");
            await client.AskAsync("RSET", "250");
            await Letter.SendAsync(client, "<x@ext.test>", ["<INFO@in.test>", "<postmaster@in.test>"], Letter.Text);
        }
        await mailboxes.WaitForAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal(2, Assert.Single(mailboxes.Messages).Recipients.Count);
    }

    // The same port on 127.0.0.2 and up.
    private static FakeMx[] Sinks(int count)
    {
        var first = FakeMx.Start(address: new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        return
        [
            first,
            .. Enumerable.Range(3, count - 1).Select(last =>
                FakeMx.Start(address: new IPEndPoint(IPAddress.Parse($"127.0.0.{last}"), first.Address.Port))),
        ];
    }

    private sealed class AsyncDisposables(IEnumerable<IAsyncDisposable> all) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var one in all) await one.DisposeAsync();
        }
    }
}
