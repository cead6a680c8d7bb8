using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Security;
using MimeKit;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>Mail that stays: no outside server, no name service (DESIGN M4).</summary>
public sealed class LocalDeliveryTests
{
    private const string Local = """

        [local]
        domains = ["a.test"]
        recipients = ["taro", "hanako", "jiro"]

        """;

    [Fact(Timeout = Settings.Patience)]
    [Trait("needs", "outside")]
    public async Task A_user_sends_to_another_who_reads_it_by_IMAP_and_by_POP3()
    {
        await using var dovecot = await DovecotServer.StartAsync("taro@a.test", "hanako@a.test");
        using var settings = new TestSettings(
            Settings.Submission + Local + Store("lmtp", $"unix:{dovecot.Socket}") + NoNameService);
        await using var server = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(server, settings.File);
        var tenant = await Tenant.AddAsync(admin, "tenant-a", "a.test");
        await using var client = await Letter.ConnectAsync(server.Listener("submission"));
        await client.StartTlsAsync();
        await client.AskAsync("EHLO client.test", "250");
        await client.AskAsync($"AUTH PLAIN {tenant.Credential}", "235");

        // The plus belongs to Dovecot, and so does Return-Path.
        await Letter.SendAsync(
            client, "<taro@a.test>", ["<hanako@a.test>"], Mail("taro@a.test", "hanako@a.test"));
        await admin.WaitUntilEmptyAsync();

        var byImap = await ReadByImapAsync(dovecot, "hanako@a.test");
        var byPop3 = await ReadByPop3Async(dovecot, "hanako@a.test");
        Assert.Equal("noon", byImap.Subject);
        Assert.Equal("Lunch?", byImap.TextBody?.Trim());
        Assert.Equal(byImap.MessageId, byPop3.MessageId);
        Assert.Equal("<taro@a.test>", byImap.Headers["Return-Path"]);
        Assert.Equal(0, await admin.AccountingGapAsync());
    }

    // RFC 2033 §4.2: after the dot every recipient has a reply of its own.
    [Fact(Timeout = Settings.Patience)]
    [Trait("needs", "outside")]
    public async Task A_store_that_refuses_one_recipient_has_taken_the_mail_for_the_others()
    {
        await using var dovecot = await DovecotServer.StartAsync("taro@a.test", "hanako@a.test");
        using var settings = new TestSettings(
            Settings.Relay + Local + Store("lmtp", $"{dovecot.Lmtp}") + NoNameService);
        await using var server = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(server, settings.File);

        // Jiro is one of ours and has no mailbox: the sender hears of it.
        await Letter.SendAsync(server.Listener("relay"), "taro@a.test", "hanako@a.test", "jiro@a.test");
        await admin.WaitUntilEmptyAsync();

        Assert.Equal("t", (await ReadByImapAsync(dovecot, "hanako@a.test")).Subject);
        var notice = await ReadByImapAsync(dovecot, "taro@a.test");
        Assert.Equal("<>", notice.Headers["Return-Path"]);
        Assert.Contains("jiro@a.test", $"{notice.Body}", StringComparison.Ordinal);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task A_store_that_is_away_keeps_mail_waiting()
    {
        using var settings = new TestSettings(
            Settings.Relay + Local + Store("lmtp", "unix:/nonexistent/lmtp") + NoNameService);
        await using var server = await EkidenProcess.StartAsync(settings.File);

        await Letter.SendAsync(server.Listener("relay"), "s@b.test", "hanako@a.test");

        await server.WaitForLogAsync("\"message\":\"deferred msg_");
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task Mail_for_a_Maildir_is_in_its_folder_new()
    {
        var root = System.IO.Directory.CreateTempSubdirectory("ekiden-maildir-").FullName;
        using var settings = new TestSettings(
            Settings.Relay + Local + Store("maildir", root + "/{domain}/{local}") + NoNameService);
        await using var server = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(server, settings.File);

        await Letter.SendAsync(server.Listener("relay"), "s@b.test", "Hanako@a.test", "taro@a.test");
        await admin.WaitUntilEmptyAsync();

        var file = Assert.Single(System.IO.Directory.GetFiles(Path.Combine(root, "a.test", "hanako", "new")));
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.StartsWith("Return-Path: <s@b.test>\nDelivered-To: Hanako@a.test\n", text, StringComparison.Ordinal);
        Assert.EndsWith("Subject: t\n\nHello.\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r", text, StringComparison.Ordinal);
        Assert.Single(System.IO.Directory.GetFiles(Path.Combine(root, "a.test", "taro", "new")));
        Assert.Empty(System.IO.Directory.GetFiles(Path.Combine(root, "a.test", "taro", "tmp")));
        System.IO.Directory.Delete(root, recursive: true);
    }

    // Nobody answers there: whoever asks waits longer than the test.
    private const string NoNameService = """

        [dns]
        servers = ["127.0.0.1:9"]

        """;

    private static string Store(string via, string path) => $"""

        [[route]]
        match = "a.test"
        via = "{via}"
        path = "{path}"

        """;

    private static string Mail(string from, string to) =>
        $"From: <{from}>\r\nTo: <{to}>\r\nSubject: noon\r\n\r\nLunch?\r\n";

    private static async Task<MimeMessage> ReadByImapAsync(DovecotServer dovecot, string user)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var client = new ImapClient();
        await client.ConnectAsync("127.0.0.1", dovecot.Imap.Port, SecureSocketOptions.None, cancel);
        await client.AuthenticateAsync(user, DovecotServer.Password, cancel);
        await client.Inbox.OpenAsync(MailKit.FolderAccess.ReadOnly, cancel);
        Assert.Equal(1, client.Inbox.Count);
        var message = await client.Inbox.GetMessageAsync(0, cancel);
        await client.DisconnectAsync(quit: true, cancel);
        return message;
    }

    private static async Task<MimeMessage> ReadByPop3Async(DovecotServer dovecot, string user)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var client = new Pop3Client();
        await client.ConnectAsync("127.0.0.1", dovecot.Pop3.Port, SecureSocketOptions.None, cancel);
        await client.AuthenticateAsync(user, DovecotServer.Password, cancel);
        var message = await client.GetMessageAsync(0, cancel);
        await client.DisconnectAsync(quit: true, cancel);
        return message;
    }
}
