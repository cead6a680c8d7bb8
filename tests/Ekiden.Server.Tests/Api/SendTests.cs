using System.Text.Json;
using System.Text.RegularExpressions;
using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>One request is one complete instruction: api.md §2; and what an account's set-up answers.</summary>
public sealed class SendTests(RunningServer server)
{
    [Theory]
    [InlineData("\"v@sink.test\"")]
    [InlineData("[\"v@sink.test\"]")]
    [InlineData("[\"V <v@sink.test>\", \"請求 <w@日本.test>\"]")]
    public async Task A_mail_is_accepted_with_an_id_for_it_and_for_each_recipient(string to)
    {
        var answer = await server.SendMailAsync(
            $$"""{"from":"送り主 <s@a.test>","to":{{to}},"subject":"件名 \ud83d\ude80","text":"one\ntwo"}""");
        Assert.Equal(202, answer.Code);
        Assert.Equal("application/json", answer.MediaType);
        Assert.Matches("^msg_[0-9A-HJKMNP-TV-Z]{26}$", answer.Json.GetProperty("id").GetString());
        Assert.Equal("queued", answer.Json.GetProperty("status").GetString());
        Assert.Equal("transactional", answer.Json.GetProperty("stream").GetString());
        var recipients = answer.Json.GetProperty("recipients").EnumerateArray().ToArray();
        Assert.Equal(to.Count(letter => letter == '@'), recipients.Length);
        Assert.All(recipients, recipient =>
        {
            Assert.Matches("^rcp_[0-9A-HJKMNP-TV-Z]{26}$", recipient.GetProperty("id").GetString());
            Assert.Equal("queued", recipient.GetProperty("status").GetString());
        });
        Assert.Equal("v@sink.test", recipients[0].GetProperty("email").GetString());
        Assert.Equal(recipients.Length, recipients.Select(one => one.GetProperty("id").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task A_message_that_waits_can_be_read_with_its_recipients()
    {
        var sent = await server.SendMailAsync("""{"from":"s@a.test","to":["v@sink.test","w@other.test"],"text":"b"}""");
        var id = sent.Json.GetProperty("id").GetString();
        var shown = (await server.GetAsync("/v1/messages/" + id, server.KeyOfA)).Json;
        Assert.Equal(id, shown.GetProperty("id").GetString());
        Assert.Equal("s@a.test", shown.GetProperty("from").GetString());
        Assert.Equal(TimeSpan.FromHours(24),
            shown.GetProperty("expires_at").GetDateTimeOffset() - shown.GetProperty("accepted_at").GetDateTimeOffset());
        Assert.Equal(
            sent.Json.GetProperty("recipients").EnumerateArray().Select(one => one.GetProperty("id").GetString()),
            shown.GetProperty("recipients").EnumerateArray().Select(one => one.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task A_large_body_is_taken()
    {
        var text = JsonSerializer.Serialize(string.Concat(Enumerable.Repeat("日本語の長い本文です。\n", 60_000)));
        var answer = await server.SendMailAsync($$"""{"from":"s@a.test","to":"v@sink.test","text":{{text}}}""");
        Assert.True(answer.Code == 202, answer.Text);
    }

    [Fact]
    public async Task A_quota_that_is_used_up_is_429_and_says_when_to_come_again()
    {
        await CreateAsync("/v1/accounts", """{"name":"limited"}""");
        await CreateAsync("/v1/domains", """{"account":"limited","domain":"limited.test","trust":true}""");
        var key = (await CreateAsync("/v1/api-keys", """{"account":"limited"}""")).GetProperty("secret").GetString();
        var quota = await server.AskAsync(
            HttpMethod.Put, "/v1/accounts/limited/quota", server.AdminToken, """{"per_day":1}""");
        Assert.Equal(1, quota.Json.GetProperty("quota").GetProperty("per_day").GetInt64());
        const string Mail = """{"from":"s@limited.test","to":"v@sink.test","text":"b"}""";
        Assert.Equal(202, (await server.SendMailAsync(Mail, key)).Code);
        var refused = await server.SendMailAsync(Mail, key);
        refused.IsProblem(429, "quota_exceeded");
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_key_is_shown_once()
    {
        await CreateAsync("/v1/accounts", """{"name":"keys"}""");
        var made = await CreateAsync("/v1/api-keys", """{"account":"keys","scopes":["send","read"]}""");
        Assert.Equal(["id", "username", "secret"], made.EnumerateObject().Select(property => property.Name));
        var list = await server.GetAsync("/v1/api-keys", server.AdminToken);
        Assert.Contains(made.GetProperty("id").GetString()!, list.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(made.GetProperty("secret").GetString()!, list.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Log.Lines, line =>
            line.Contains(made.GetProperty("secret").GetString()!, StringComparison.Ordinal));
    }

    // DESIGN §9.1: {"domain","verified","records":[…]}: two DKIM keys, a proposal for SPF and one for DMARC.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_domain_is_verified_when_the_operator_vouches_for_it(bool trust)
    {
        await CreateAsync("/v1/accounts", $$"""{"name":"domains {{trust}}"}""");
        var domain = $"日本{(trust ? 1 : 2)}.test";
        var added = await CreateAsync(
            "/v1/domains",
            $$"""{"account":"domains {{trust}}","domain":"{{domain}}","trust":{{(trust ? "true" : "false")}}}""");
        Assert.Equal(["domain", "verified", "records"], added.EnumerateObject().Select(property => property.Name));
        Assert.StartsWith("xn--", added.GetProperty("domain").GetString(), StringComparison.Ordinal);
        Assert.Equal(trust, added.GetProperty("verified").GetBoolean());
        var records = added.GetProperty("records").EnumerateArray().ToArray();
        var name = added.GetProperty("domain").GetString();
        Assert.All(records, record => Assert.Equal("TXT", record.GetProperty("type").GetString()));
        Assert.Matches($@"^r\d{{8}}\._domainkey\.{name}$", records[0].GetProperty("name").GetString());
        Assert.Matches($@"^e\d{{8}}\._domainkey\.{name}$", records[1].GetProperty("name").GetString());
        Assert.Equal([name, $"_dmarc.{name}"], records[2..].Select(record => record.GetProperty("name").GetString()));
        string[] beginnings = ["v=DKIM1; k=rsa; p=", "v=DKIM1; k=ed25519; p=", "v=spf1 a:", "v=DMARC1; p=none"];
        Assert.All(records, (record, place) => Assert.StartsWith(
            beginnings[place], record.GetProperty("value").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_log_names_the_request_and_the_message()
    {
        using var content = new StringContent(
            """{"from":"s@a.test","to":"v@sink.test","text":"b"}""", System.Text.Encoding.UTF8, "application/json");
        var answer = await server.AskAsync(
            HttpMethod.Post, "/v1/messages", server.KeyOfA, content, ("X-Request-Id", "my-request-7"));
        var id = answer.Json.GetProperty("id").GetString()!;
        Assert.Contains(server.Log.Lines, line =>
            Regex.IsMatch(line, $"{id} accepted: Api .* 1 recipients, session my-request-7"));
    }

    private async Task<JsonElement> CreateAsync(string path, string json)
    {
        var answer = await server.AskAsync(HttpMethod.Post, path, server.AdminToken, json);
        Assert.True(answer.Code == 201, answer.Text);
        return answer.Json;
    }
}
