using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>What comes back to the return addresses that we have made: reliability F-R6.</summary>
public sealed class ReturnPathTests
{
    private const string Bounce = """

        [bounce]
        domain = "bounce.test"
        smtp_return_path = "rewrite"
        [local]
        domains = ["a.test"]
        [[listener]]
        name = "inbound"
        address = "127.0.0.1:0"
        role = "inbound"
        tls = "none"

        """;

    [Fact(Timeout = Settings.Patience)]
    public async Task A_later_bounce_is_tied_to_its_message_and_a_forged_one_is_refused()
    {
        await using var sink = FakeMx.Start();
        using var settings = new TestSettings(Settings.Relay + Bounce + Settings.Route("*", sink.Address));
        await using var server = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(server, settings.File);
        await Letter.SendAsync(server.Listener("relay"), "s@a.test", "taro@out.test");
        await sink.WaitForAsync(1, TestContext.Current.CancellationToken);
        var returnPath = Assert.Single(sink.Messages).Sender;

        await using var client = await Letter.ConnectAsync(server.Listener("inbound"));
        await client.AskAsync("MAIL FROM:<>", "250");
        await client.AskAsync($"RCPT TO:<{Forged(returnPath)}>", "550 5.7.1");
        await client.AskAsync("RCPT TO:<somebody@bounce.test>", "550 5.1.1");
        await client.AskAsync("RCPT TO:<abuse@bounce.test>", "250");
        await client.AskAsync("RSET", "250");
        await client.AskAsync("MAIL FROM:<>", "250");
        await client.AskAsync($"RCPT TO:<{returnPath.ToUpperInvariant()}>", "250");
        await client.AskAsync("DATA", "354");
        await client.SendAsync(Report + ".\r\n");
        Assert.StartsWith("250 2.0.0", await client.ReadReplyAsync(), StringComparison.Ordinal);

        var log = await server.WaitForLogAsync("returned msg_");
        Assert.Contains("dsn taro@out.test userunknown 5.1.1 hard=True", log, StringComparison.Ordinal);
        var (_, output, _) = await EkidenProcess.RunAsync(
            ["events", "--recipient", "taro@out.test", "--config", settings.File, "--json"]);
        Assert.Contains("email.bounced", output, StringComparison.Ordinal);
        Assert.Contains("\"asynchronous\":true", output, StringComparison.Ordinal);
        // It is ours, and goes nowhere.
        await admin.WaitUntilEmptyAsync();
        Assert.Single(sink.Messages);
        Assert.Equal(0, await admin.AccountingGapAsync());
    }

    private const string Report =
        "From: MAILER-DAEMON@out.test\r\nTo: <s@a.test>\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        + "--b\r\nContent-Type: text/plain\r\n\r\nThe mail could not be delivered.\r\n"
        + "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.out.test\r\n\r\n"
        + "Final-Recipient: rfc822; taro@out.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        + "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--b--\r\n";

    private static string Forged(string address)
    {
        var letters = address.ToCharArray();
        letters[20] = letters[20] == '0' ? '1' : '0';
        return new string(letters);
    }
}
