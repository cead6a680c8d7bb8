using System.Text.Json;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Commands;

/// <summary>The operator's commands against a server that runs, and the shapes that scripts rely on.</summary>
public sealed class CommandTests
{
    [Fact(Timeout = Settings.Patience)]
    public async Task From_an_account_to_a_mail_that_arrived()
    {
        await using var sink = FakeMx.Start();
        using var settings = new TestSettings(Settings.Submission + Settings.Route("*", sink.Address));
        await using var server = await EkidenProcess.StartAsync(settings.File);
        var ekiden = new Operator(settings);

        var account = await ekiden.JsonAsync("account", "add", "shop");
        var key = await ekiden.JsonAsync("key", "add", "shop", "--scope", "send,read");
        var domain = await ekiden.JsonAsync("domain", "add", "shop", "a.test", "--trust");
        var accounts = await ekiden.JsonAsync("account", "list");

        Assert.Equal("shop", account.GetProperty("name").GetString());
        Assert.Equal(["id", "username", "secret"], key.EnumerateObject().Select(field => field.Name));
        Assert.Equal("a.test", domain.GetProperty("domain").GetString());
        Assert.True(domain.GetProperty("verified").GetBoolean());
        Assert.Equal(JsonValueKind.Array, domain.GetProperty("records").ValueKind);
        Assert.Contains(accounts.EnumerateArray(), one => one.GetProperty("name").GetString() == "shop");

        var tenant = new Tenant(
            "shop", key.GetProperty("username").GetString()!, key.GetProperty("secret").GetString()!);
        await using var client = await Letter.ConnectAsync(server.Listener("submission"));
        await client.StartTlsAsync();
        await client.AskAsync("EHLO client.test", "250");
        await client.AskAsync($"AUTH PLAIN {tenant.Credential}", "235");
        await Letter.SendAsync(client, "<s@a.test>", ["<v@sink.test>"], Letter.Text);
        await sink.WaitForAsync(1, TestContext.Current.CancellationToken);

        var sent = await ekiden.JsonAsync(
            "send", "--key", tenant.Secret, "--from", "s@a.test", "--to", "w@sink.test", "--subject", "駅伝",
            "--body", settings.File);
        Assert.StartsWith("msg_", sent.GetProperty("id").GetString(), StringComparison.Ordinal);
        await sink.WaitForAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal(["w@sink.test"], sink.Messages.Last().Recipients);

        await ekiden.JsonAsync("account", "suspend", "shop");
        await using var late = await Letter.ConnectAsync(server.Listener("submission"));
        await late.StartTlsAsync();
        await late.AskAsync("EHLO client.test", "250");
        await late.AskAsync($"AUTH PLAIN {tenant.Credential}", "535");
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task The_queue_is_listed_held_released_retried_and_cancelled()
    {
        var isOpen = false;
        await using var sink = FakeMx.Start(new FakeMxPolicy
        {
            ReplyToRecipient = _ => Volatile.Read(ref isOpen) ? "250 2.1.5 Ok" : "451 4.3.0 Later",
        });
        using var settings = new TestSettings(Settings.Relay + Settings.Route("*", sink.Address));
        await using var server = await EkidenProcess.StartAsync(settings.File);
        var ekiden = new Operator(settings);
        await Letter.SendAsync(server.Listener("relay"), "s@a.test", "v@one.test", "w@two.test");
        foreach (var recipient in new[] { "v@one", "w@two" })
            await server.WaitForLogAsync($"\"message\":\"deferred msg_[^\"]*{recipient}");

        var summary = await ekiden.JsonAsync("queue", "summary");
        Assert.Equal(
            ["waiting", "active", "deferred", "held", "oldest_seconds", "by_stream", "by_provider"],
            summary.EnumerateObject().Select(field => field.Name));
        Assert.Equal(2, summary.GetProperty("waiting").GetInt32());
        Assert.Equal(2, summary.GetProperty("deferred").GetInt32());

        var list = (await ekiden.JsonAsync("queue", "list")).EnumerateArray().ToList();
        Assert.Equal(
            ["v@one.test", "w@two.test"],
            list.Select(one => one.GetProperty("recipient").GetString()!).Order(StringComparer.Ordinal));
        var id = list[0].GetProperty("message_id").GetString()!;
        var shown = await ekiden.JsonAsync("queue", "show", id);
        Assert.Equal("s@a.test", shown.GetProperty("from").GetString());

        Assert.Equal(1, await ekiden.CountAsync("queue", "hold", "--domain", "one.test", "--dry-run"));
        Assert.Equal(1, await ekiden.CountAsync("queue", "hold", "--domain", "one.test"));
        Assert.Equal(1, (await ekiden.JsonAsync("queue")).GetProperty("held").GetInt32());
        Volatile.Write(ref isOpen, true);
        Assert.Equal(1, await ekiden.CountAsync("queue", "retry", "--all"));
        await sink.WaitForAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal(["w@two.test"], sink.Messages.Single().Recipients);
        Assert.Equal(1, await ekiden.CountAsync("queue", "release", "--id", id));
        await sink.WaitForAsync(1, TestContext.Current.CancellationToken);

        Volatile.Write(ref isOpen, false);
        await Letter.SendAsync(server.Listener("relay"), "s@a.test", "x@three.test");
        await server.WaitForLogAsync("\"message\":\"deferred msg_[^\"]*x@three");
        Assert.Equal(1, await ekiden.CountAsync("queue", "cancel", "--recipient", "x@three.test"));
        Assert.Equal(0, (await ekiden.JsonAsync("queue")).GetProperty("waiting").GetInt32());
        using var admin = new AdminClient(server, settings.File);
        Assert.Equal(0, await admin.AccountingGapAsync());
        Assert.Equal(2, sink.Messages.Count); // and no notice about what the operator cancelled
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task A_mistake_is_a_problem_in_JSON_and_exit_code_1()
    {
        using var settings = new TestSettings(Settings.Relay);
        await using var server = await EkidenProcess.StartAsync(settings.File);
        var (exit, output, _) = await EkidenProcess.RunAsync(
            ["key", "add", "nobody", "--json", "--config", settings.File]);
        Assert.Equal(1, exit);
        using var problem = JsonDocument.Parse(output);
        Assert.Equal(404, problem.RootElement.GetProperty("status").GetInt32());
        Assert.Equal(2, (await EkidenProcess.RunAsync(["queue", "explode", "--config", settings.File])).Exit);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task Without_a_server_commands_say_so_and_end_with_1()
    {
        using var settings = new TestSettings(Settings.Relay);
        var (exit, output, error) = await EkidenProcess.RunAsync(["queue", "--config", settings.File]);
        Assert.Equal(1, exit);
        Assert.NotEmpty(output + error);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Theory(Timeout = Settings.Patience)]
    [InlineData("someone@example.org", true)]
    [InlineData("\"quoted local\"@example.org", true)]
    [InlineData("受取人@例え.test", true)]
    [InlineData("two..dots@example.org", false)]
    [InlineData("no-at.example.org", false)]
    [InlineData("a@b@example.org", false)]
    [InlineData("a@-example.org", false)]
    public async Task An_address_is_judged(string address, bool isValid)
    {
        var (exit, output, _) = await EkidenProcess.RunAsync(["address", "check", "--json", "--", address]);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(isValid, json.RootElement.GetProperty("valid").GetBoolean());
        Assert.Equal(isValid, json.RootElement.GetProperty("normalized").ValueKind == JsonValueKind.String);
        Assert.Equal(!isValid, json.RootElement.GetProperty("why").ValueKind == JsonValueKind.String);
        Assert.Equal(isValid ? 0 : 1, exit);
    }

    // japan.md J5; delivery.md §10.2.
    [Theory(Timeout = Settings.Patience)]
    [InlineData("docomo.ne.jp", "550", "rcpt", "Unknown user a@docomo.ne.jp", "user_unknown never mailbox docomo")]
    [InlineData("docomo.ne.jp", "550", "eom", "Unknown user a@docomo.ne.jp", "filtered never mailbox docomo")]
    [InlineData("gmail.com", "421", "eom", "4.7.28 An unusual rate of mail", "speeding pause source gmail")]
    [InlineData("example.org", "451", "rcpt", "4.7.1 Greylisted", "greylisted same_source source default")]
    public async Task A_reply_is_explained(string domain, string code, string phase, string text, string expected)
    {
        var (exit, output, _) = await EkidenProcess.RunAsync(
            ["parse", "reply", "--domain", domain, "--code", code, "--phase", phase, "--text", text, "--json"]);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(expected, string.Join(' ', ((string[])["class", "retry", "scope", "provider"]).Select(
            name => json.RootElement.GetProperty(name).GetString())));
        Assert.Equal(0, exit);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task A_bounce_is_explained()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("ekiden-bounce-").FullName;
        var file = Path.Combine(folder, "bounce.eml");
        await File.WriteAllTextAsync(file, """
            Return-Path: <>
            From: MAILER-DAEMON@mx.example.net
            To: sender@example.com
            Subject: failure notice

            <taro@example.jp>:
            Remote host said: 550 5.1.1 User unknown [RCPT_TO]
            """, TestContext.Current.CancellationToken);

        var (exit, output, _) = await EkidenProcess.RunAsync(["parse", "bounce", file, "--json"]);

        using var json = JsonDocument.Parse(output);
        System.IO.Directory.Delete(folder, recursive: true);
        Assert.True(json.RootElement.GetProperty("is_bounce").GetBoolean());
        var result = json.RootElement.GetProperty("results")[0];
        Assert.True(result.GetProperty("hard").GetBoolean());
        Assert.Equal(
            "taro@example.jp 5.1.1 550 userunknown text ",
            string.Join(' ', ((string[])["recipient", "status", "reply_code", "reason", "kind", "feedback_type"])
                .Select(name => result.GetProperty(name).GetString())));
        Assert.Equal(0, exit);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task The_demo_shows_what_became_of_every_mail_within_a_minute()
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        var (exit, output, error) = await EkidenProcess.RunAsync(["demo"]);
        Assert.True(exit == 0, output + error);
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(60));
        foreach (var word in new[] { "delivered", "deferred", "returned" })
            Assert.Contains(word, output, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Types commands for one server.</summary>
    private sealed class Operator(TestSettings settings)
    {
        public async Task<JsonElement> JsonAsync(params string[] command)
        {
            var (exit, output, error) = await EkidenProcess.RunAsync([.. command, "--json", "--config", settings.File]);
            Assert.True(exit == 0, $"{string.Join(' ', command)}: {output}{error}");
            using var json = JsonDocument.Parse(output);
            return json.RootElement.Clone();
        }

        public async Task<int> CountAsync(params string[] command) =>
            (await JsonAsync(command)).GetProperty("matched").GetInt32();
    }
}
