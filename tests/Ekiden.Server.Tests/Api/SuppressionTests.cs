using Ekiden.Directory;
using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>Who must not be mailed, over HTTP: kept, refused, imported, exported, and whose list is whose.</summary>
public sealed class SuppressionTests(RunningServer server)
{
    [Fact]
    public async Task A_suppressed_recipient_is_accepted_told_of_and_never_tried()
    {
        var key = await KeyAsync("A");
        Assert.Equal(200, (await PutAsync(key, """{"email":"Gone@sink.test","reason":"asked by phone"}""")).Code);
        var sent = await server.SendMailAsync(
            """{"from":"s@a.test","to":["gone@SINK.test","here@sink.test"],"text":"b"}""");
        Assert.Equal(202, sent.Code);
        var recipients = sent.Json.GetProperty("recipients").EnumerateArray().ToArray();
        Assert.Equal("suppressed", recipients[0].GetProperty("status").GetString());
        Assert.Equal("recipient_suppressed", recipients[0].GetProperty("reason").GetString());
        Assert.Equal("queued", recipients[1].GetProperty("status").GetString());
        var id = sent.Json.GetProperty("id").GetString();
        var types = await StoryAsync(id, 3);
        Assert.Equal(["email.accepted", "email.accepted", "email.suppressed"], types);
        Assert.Equal(0, server.Server.Accounting.Gap);
        Assert.Equal(200, (await server.AskAsync(
            HttpMethod.Delete, "/v1/suppressions/gone@sink.test", key)).Code);
        var again = await server.SendMailAsync("""{"from":"s@a.test","to":"gone@sink.test","text":"b"}""");
        Assert.Equal("queued", again.Json.GetProperty("recipients")[0].GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_message_of_which_nobody_is_left_is_finished_at_once()
    {
        var key = await KeyAsync("A");
        await PutAsync(key, """{"email":"alone@sink.test"}""");
        var sent = await server.SendMailAsync("""{"from":"s@a.test","to":"alone@sink.test","text":"b"}""");
        var id = sent.Json.GetProperty("id").GetString();
        Assert.Equal(["email.accepted", "email.suppressed"], await StoryAsync(id, 2));
        Assert.Equal(0, server.Server.Accounting.Gap);
    }

    [Fact]
    public async Task An_entry_of_a_stream_and_one_that_is_over_hold_nothing_else_back()
    {
        var key = await KeyAsync("A");
        await PutAsync(key, """
            [{"email":"bulk@sink.test","kind":"unsubscribe","stream":"bulk"},
             {"email":"over@sink.test","kind":"soft_bounce","expires_at":"2020-01-01T00:00:00Z"}]
            """);
        var sent = await server.SendMailAsync(
            """{"from":"s@a.test","to":["bulk@sink.test","over@sink.test"],"text":"b"}""");
        Assert.All(sent.Json.GetProperty("recipients").EnumerateArray(),
            recipient => Assert.Equal("queued", recipient.GetProperty("status").GetString()));
        var bulk = await server.SendMailAsync(
            """{"from":"s@a.test","to":"bulk@sink.test","text":"b","stream":"bulk"}""");
        Assert.Equal("suppressed", bulk.Json.GetProperty("recipients")[0].GetProperty("status").GetString());
    }

    // Reliability K-R5.
    [Fact]
    public async Task Another_accounts_list_is_neither_seen_nor_changed_and_holds_nothing_back()
    {
        var (a, b) = (await KeyAsync("A"), await KeyAsync("B"));
        await PutAsync(a, """{"email":"private@sink.test"}""");
        var seen = await server.GetAsync("/v1/suppressions?email=private@sink.test&account=A", b);
        Assert.Equal(0, seen.Json.GetProperty("data").GetArrayLength());
        (await server.AskAsync(HttpMethod.Delete, "/v1/suppressions/private@sink.test", b))
            .IsProblem(404, "not_found");
        var sent = await server.SendMailAsync(
            """{"from":"s@b.test","to":"private@sink.test","text":"b"}""", server.KeyOfB);
        Assert.Equal("queued", sent.Json.GetProperty("recipients")[0].GetProperty("status").GetString());
        Assert.Equal(1, (await server.GetAsync("/v1/suppressions?email=private@sink.test", a))
            .Json.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task What_the_operator_lists_for_everybody_holds_everybodys_mail_back()
    {
        await PutAsync(server.AdminToken, """{"email":"nobody@sink.test","kind":"complaint"}""");
        var sent = await server.SendMailAsync("""{"from":"s@a.test","to":"nobody@sink.test","text":"b"}""");
        Assert.Equal("suppressed", sent.Json.GetProperty("recipients")[0].GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("{\"email\":\"nothing\"}", "/email")]
    [InlineData("{\"email\":\"a@b.test\",\"kind\":\"dislike\"}", "/kind")]
    [InlineData("[{\"email\":\"a@b.test\"},{\"email\":\"\"}]", "/1/email")]
    public async Task A_value_that_is_none_is_named_and_nothing_is_kept(string json, string pointer)
    {
        var key = await KeyAsync("A");
        var answer = await PutAsync(key, json);
        Assert.Equal(422, answer.Code);
        Assert.Equal(pointer, answer.Json.GetProperty("errors")[0].GetProperty("pointer").GetString());
        var kept = await server.GetAsync("/v1/suppressions?email=a@b.test", key);
        Assert.Equal(0, kept.Json.GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("status,reason,email,created\n5.1.1,550 no such user,one-sg@sink.test,1577836800\n", "one-sg@sink.test", "hard_bounce")]
    [InlineData("EmailAddress,Reason,LastUpdateTime\none-ses@sink.test,COMPLAINT,2020-01-01T00:00:00Z\n", "one-ses@sink.test", "complaint")]
    [InlineData("{\"SuppressedDestinationSummaries\":[{\"EmailAddress\":\"one-sesj@sink.test\",\"Reason\":\"BOUNCE\"}]}", "one-sesj@sink.test", "hard_bounce")]
    [InlineData("address,tags,created_at\none-mg@sink.test,*,\"Wed, 01 Jan 2020 00:00:00 UTC\"\n", "one-mg@sink.test", "hard_bounce")]
    [InlineData("EmailAddress,SuppressionReason,Origin,CreatedAt\r\none-pm@sink.test,SpamComplaint,Recipient,2020-01-01T00:00:00-05:00\r\n", "one-pm@sink.test", "complaint")]
    [InlineData("one-plain@sink.test\n", "one-plain@sink.test", "hard_bounce")]
    public async Task A_list_that_another_service_exported_is_read(string file, string email, string kind)
    {
        var key = await KeyAsync("A");
        using var content = new StringContent(file);
        var answer = await server.AskAsync(
            HttpMethod.Post, "/v1/suppressions/import?kind=hard_bounce", key, content);
        Assert.Equal(200, answer.Code);
        Assert.Equal(1, answer.Json.GetProperty("added").GetInt32());
        var found = (await server.GetAsync($"/v1/suppressions?email={email}", key)).Json.GetProperty("data")[0];
        Assert.Equal(kind, found.GetProperty("kind").GetString());
        Assert.Equal("import", found.GetProperty("source").GetString());
    }

    [Fact]
    public async Task A_line_that_cannot_be_read_is_named_and_the_others_are_taken()
    {
        var key = await KeyAsync("A");
        using var content = new StringContent("email\nfirst@sink.test\nnot an address\nlast@sink.test\n");
        var answer = await server.AskAsync(HttpMethod.Post, "/v1/suppressions/import", key, content);
        Assert.Equal((2, 1), (
            answer.Json.GetProperty("added").GetInt32(), answer.Json.GetProperty("rejected").GetInt32()));
        Assert.Equal("/3/email", answer.Json.GetProperty("errors")[0].GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task The_export_is_read_again_and_is_safe_in_a_spreadsheet()
    {
        var key = await KeyAsync("B");
        await PutAsync(key, """{"email":"export@sink.test","reason":"=HYPERLINK(\"x\"), yes"}""");
        var csv = await server.GetAsync("/v1/suppressions/export", key);
        Assert.Contains("export@sink.test,manual,,,api,\"'=HYPERLINK(\"\"x\"\"), yes\",", csv.Text,
            StringComparison.Ordinal);
        var lines = await server.GetAsync("/v1/suppressions/export?format=ndjson", key);
        Assert.Contains("\"email\":\"export@sink.test\"", lines.Text, StringComparison.Ordinal);
        using var content = new StringContent(csv.Text);
        var back = await server.AskAsync(HttpMethod.Post, "/v1/suppressions/import", key, content);
        Assert.Equal(0, back.Json.GetProperty("rejected").GetInt32());
    }

    [Fact]
    public async Task Pages_show_every_entry_once()
    {
        var account = await RunningServer.DoneAsync(
            server.Server.Directory.AddAccountAsync("paged", RunningServer.Cancel));
        var key = (await server.AddKeyAsync(account.Id, KeyScopes.Suppressions)).Secret;
        var entries = Enumerable.Range(0, 7).Select(i => $"{{\"email\":\"p{i}@x.test\"}}");
        await PutAsync(key, $"[{string.Join(',', entries)}]");
        var seen = new List<string?>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await server.GetAsync($"/v1/suppressions?limit=3&cursor={cursor}", key)).Json;
            seen.AddRange(page.GetProperty("data").EnumerateArray()
                .Select(one => one.GetProperty("email").GetString()));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"p{i}@x.test"), seen);
    }

    private Task<Answer> PutAsync(string key, string json) =>
        server.AskAsync(HttpMethod.Put, "/v1/suppressions", key, json);

    private async Task<string> KeyAsync(string account) =>
        (await server.AddKeyAsync(account, KeyScopes.Suppressions)).Secret;

    private async Task<IEnumerable<string?>> StoryAsync(string? id, int count)
    {
        while (true)
        {
            var last = server.Server.Events.LastSequence;
            var answer = await server.GetAsync($"/v1/messages/{id}/events", server.KeyOfA);
            if (answer.Code == 200 && answer.Json.GetProperty("data").GetArrayLength() >= count)
            {
                return answer.Json.GetProperty("data").EnumerateArray()
                    .Select(one => one.GetProperty("type").GetString());
            }
            await server.Server.Events.WaitForNewsAsync(last, RunningServer.Cancel);
        }
    }
}
