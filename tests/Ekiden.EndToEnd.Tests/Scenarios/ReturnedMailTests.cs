using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>What cannot be delivered comes back to who sent it, in a form that programs and people read.</summary>
public sealed class ReturnedMailTests
{
    private static readonly FakeMxPolicy NobodyHome = new()
    {
        ReplyToRecipient = address => address.StartsWith("nobody", StringComparison.Ordinal)
            ? "550 5.1.1 No such user" : "250 2.1.5 Ok",
    };

    [Fact(Timeout = Settings.Patience)]
    public async Task A_refused_recipient_is_returned_in_English_and_Japanese()
    {
        await using var refuser = FakeMx.Start(NobodyHome);
        await using var home = FakeMx.Start();
        using var settings = Both(refuser, home);
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await using var client = await Letter.ConnectAsync(server.Listener("relay"));
        var reply = await Letter.SendAsync(
            client, "<s@a.test> ENVID=order+2B17 RET=HDRS",
            ["<nobody@out.test> ORCPT=rfc822;old+2Bname@out.test", "<somebody@out.test>"], Letter.Text);
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        await home.WaitForAsync(1, TestContext.Current.CancellationToken);

        using var returned = Returned.Read(Assert.Single(home.Messages));
        Assert.Equal("order+17", returned.Message["Original-Envelope-Id"]);
        Assert.Equal("dns; relay.test", returned.Message["Reporting-MTA"]);
        var about = Assert.Single(returned.Recipients);
        Assert.Equal("rfc822; nobody@out.test", about["Final-Recipient"]);
        Assert.Equal("rfc822;old+name@out.test", about["Original-Recipient"]);
        Assert.Equal("failed", about["Action"]);
        Assert.Equal("5.1.1", about["Status"]);
        Assert.Contains("550 5.1.1 No such user", about["Diagnostic-Code"], StringComparison.Ordinal);
        Assert.Contains("nobody@out.test", returned.Text, StringComparison.Ordinal);
        Assert.Contains("could not be delivered", returned.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("配信", returned.Text, StringComparison.Ordinal);
        Assert.Equal("text/rfc822-headers", returned.Original.ContentType.MimeType);
        Assert.Equal("somebody@out.test", Assert.Single(Assert.Single(refuser.Messages).Recipients));
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task Success_is_reported_when_it_was_asked_for_and_failure_is_not_when_it_was_declined()
    {
        await using var refuser = FakeMx.Start(NobodyHome with { Extensions = ["PIPELINING"] });
        await using var home = FakeMx.Start();
        using var settings = Both(refuser, home);
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await using var client = await Letter.ConnectAsync(server.Listener("relay"));
        await Letter.SendAsync(client, "<s@a.test>", ["<nobody@out.test> NOTIFY=NEVER"], Letter.Text);
        await Letter.SendAsync(client, "<s@a.test>", ["<somebody@out.test> NOTIFY=SUCCESS"], Letter.Text);
        await home.WaitForAsync(1, TestContext.Current.CancellationToken);
        using var admin = new AdminClient(server, settings.File);
        await admin.WaitUntilEmptyAsync();

        using var returned = Returned.Read(Assert.Single(home.Messages));
        var about = Assert.Single(returned.Recipients);
        // RFC 3461 §5.2.2: the next host does not know DSN, so all that can be said is that it has taken the mail.
        Assert.Equal("relayed", about["Action"]);
        Assert.StartsWith("2.", about["Status"], StringComparison.Ordinal);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task Mail_without_a_sender_is_never_answered()
    {
        await using var refuser = FakeMx.Start(NobodyHome);
        await using var home = FakeMx.Start();
        using var settings = Both(refuser, home);
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await Letter.SendAsync(server.Listener("relay"), "", "nobody@out.test");
        await server.WaitForLogAsync("\"message\":\"failed msg_");
        using var admin = new AdminClient(server, settings.File);
        await admin.WaitUntilEmptyAsync();

        Assert.Empty(home.Messages);
        Assert.Equal(0, await admin.AccountingGapAsync());
    }

    [Theory(Timeout = Settings.Patience)]
    [InlineData("en", true, false)]
    [InlineData("ja", false, true)]
    public async Task A_notice_speaks_the_language_of_the_settings(string language, bool isEnglish, bool isJapanese)
    {
        await using var refuser = FakeMx.Start(NobodyHome);
        await using var home = FakeMx.Start();
        using var settings = Both(refuser, home, $"\n[bounce]\nlanguage = \"{language}\"\n");
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await Letter.SendAsync(server.Listener("relay"), "s@a.test", "nobody@out.test");
        await home.WaitForAsync(1, TestContext.Current.CancellationToken);

        using var returned = Returned.Read(Assert.Single(home.Messages));
        Assert.Equal(isEnglish, returned.Text.Contains("delivered", StringComparison.Ordinal));
        Assert.Equal(isJapanese, returned.Text.Contains("配信", StringComparison.Ordinal));
    }

    private static TestSettings Both(FakeMx refuser, FakeMx home, string more = "") => new(
        Settings.Relay + Settings.Route("a.test", home.Address) + Settings.Route("out.test", refuser.Address) + more);
}
