using System.Text;
using System.Text.Json;
using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>One mail to many in one request: api.md §2.</summary>
[Collection("Counts all mail of the server")]
public sealed class BatchTests(RunningServer server)
{
    private const string Mail =
        "\"from\":\"News <s@a.test>\",\"subject\":\"{{name}} さん\",\"html\":\"<p>{{name}}</p>\",\"tags\":[\"t\"]";

    [Fact]
    public async Task Every_recipient_gets_a_mail_of_their_own()
    {
        var accepted = await PostAsync(
            $$$"""
            {"defaults":{ {{{Mail}}},"sandbox":true},
             "recipients":[{"to":"v@sink.test","data":{"name":"山田"}},
                           {"to":{"email":"w@sink.test","name":"W"},"data":{"name":"鈴木"},"metadata":{"k":"1"}}]}
            """);
        Assert.True(accepted.Code == 202, accepted.Text);
        var id = accepted.Json.GetProperty("id").GetString()!;
        Assert.Matches("^bat_[0-9A-HJKMNP-TV-Z]{26}$", id);
        Assert.Equal(2, accepted.Json.GetProperty("accepted").GetInt64());
        Assert.Equal(0, accepted.Json.GetProperty("rejected").GetInt64());
        var done = await WaitForAsync(id, "completed");
        Assert.Equal(2, Count(done, "delivered"));
        Assert.Equal("bulk", done.GetProperty("stream").GetString());
        var page = await server.GetAsync($"/v1/batches/{id}/recipients?status=finished", server.KeyOfA);
        Assert.Equal(2, page.Json.GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("{ " + Mail + ",\"sandbox\":true}")]
    [InlineData("{\"defaults\":{" + Mail + ",\"sandbox\":true},\"mode\":\"partial\"}")]
    public async Task Lines_are_streamed_and_what_is_wrong_is_listed_by_line(string first)
    {
        var lines = new StringBuilder(first).Append('\n');
        for (var line = 0; line < 2_000; line++)
        {
            lines.Append(line switch
            {
                777 => """{"to":"nobody","data":{"name":"x"}}""",
                778 => """{"to":"v@sink.test","data":{"nome":"x"}}""",
                779 => """{"to":"v@sink.test","colour":1}""",
                780 => "not JSON",
                781 => """{"to":"v@sink.test","data":{"name":"a\nb"}}""",
                _ => $$$"""{"to":"v{{{line}}}@sink.test","data":{"name":"n{{{line}}}"}}""",
            }).Append('\n');
        }
        using var content = new StringContent(lines.ToString(), Encoding.UTF8, "application/x-ndjson");
        var accepted = await server.AskAsync(HttpMethod.Post, "/v1/batches", server.KeyOfA, content);
        Assert.True(accepted.Code == 202, accepted.Text);
        Assert.Equal(1_995, accepted.Json.GetProperty("accepted").GetInt64());
        var errors = accepted.Json.GetProperty("first_errors").EnumerateArray().ToArray();
        Assert.Equal([777, 778, 779, 780, 781], errors.Select(error => error.GetProperty("index").GetInt64()));
        Assert.Equal(
            ["invalid_address", "template_error", "invalid_request", "invalid_request", "invalid_request"],
            errors.Select(error => error.GetProperty("code").GetString()));
        Assert.Equal("/to", errors[0].GetProperty("pointer").GetString());
        var id = accepted.Json.GetProperty("id").GetString()!;
        var listed = await server.GetAsync($"/v1/batches/{id}/errors?limit=2&cursor=3", server.KeyOfA);
        Assert.Equal(780, listed.Json.GetProperty("data")[0].GetProperty("index").GetInt64());
        Assert.Equal(1_995, Count(await WaitForAsync(id, "completed"), "delivered"));
    }

    [Fact]
    public async Task All_or_nothing_takes_nothing_when_one_is_wrong()
    {
        var before = (await server.GetAsync("/v1/batches", server.KeyOfA)).Json.GetProperty("data").GetArrayLength();
        var answer = await PostAsync(
            $$$"""
            {"defaults":{ {{{Mail}}} },"mode":"all_or_nothing",
             "recipients":[{"to":"v@sink.test","data":{"name":"x"}},{"to":"w@sink.test","data":{}}]}
            """);
        answer.IsProblem(422, "template_error", "/recipients/1/data");
        Assert.Equal(
            before, (await server.GetAsync("/v1/batches", server.KeyOfA)).Json.GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"defaults":{"from":"s@a.test","text":"{{"},"recipients":[{"to":"v@sink.test"}]}""", 422,
        "template_error", "/defaults/text")]
    [InlineData("""{"defaults":{"from":"s@a.test","text":"b","to":"v@a.test"},"recipients":[{"to":"v@a.test"}]}""",
        422, "invalid_request", "/defaults/to")]
    [InlineData("""{"defaults":{"from":"s@a.test"},"recipients":[{"to":"v@sink.test"}]}""", 422, "invalid_request",
        "/defaults/text")]
    [InlineData("""{"defaults":{"from":"s@b.test","text":"b"},"recipients":[{"to":"v@sink.test"}]}""", 403,
        "domain_not_verified", "/defaults/from")]
    [InlineData("""{"defaults":{"from":"s@a.test","text":"b"},"recipients":[]}""", 422, "invalid_request",
        "/recipients")]
    [InlineData("""{"defaults":{"from":"s@a.test","text":"b"},"recipients":[{"to":"v"}]}""", 422, "invalid_address",
        "/recipients/0/to")]
    [InlineData("""{"defaults":{"from":"s@a.test","text":"b"},"recipients":[{"to":"v@sink.test","x":1}]}""", 400,
        "invalid_request", "/recipients/0/x")]
    [InlineData("""{"defaults":{"from":"s@a.test","text":"b"},"recipients":[{"to":"v@sink.test"}],"mode":"x"}""", 422,
        "invalid_request", "/mode")]
    [InlineData("""{"defaults":{"from":"s@a.test","text":"b"},"recipients":[{"to":"v@a.a"}],"pace":{"per_hour":0}}""",
        422, "invalid_request", "/pace/per_hour")]
    public async Task A_wrong_batch_is_refused_whole(string json, int status, string code, string pointer) =>
        (await PostAsync(json)).IsProblem(status, code, pointer);

    [Theory]
    [InlineData(10_000, 202)]
    [InlineData(10_001, 422)]
    public async Task JSON_has_a_most_of_recipients(int count, int status)
    {
        var recipients = string.Join(
            ',', Enumerable.Range(0, count).Select(line => $$"""{"to":"v{{line}}@sink.test"}"""));
        var answer = await PostAsync(
            $$"""
            {"defaults":{"from":"s@a.test","text":"b"},"recipients":[{{recipients}}],
             "send_at":"{{TimeProvider.System.GetUtcNow().AddDays(1):O}}"}
            """);
        Assert.Equal(status, answer.Code);
        if (status == 422) answer.IsProblem(422, "too_many_recipients", "/recipients");
    }

    [Fact]
    public async Task A_batch_rests_goes_on_and_is_cancelled()
    {
        var later = TimeProvider.System.GetUtcNow().AddDays(1);
        var id = await StartAsync($"\"send_at\":\"{later:O}\"", count: 5);
        Assert.Equal("scheduled", (await ShowAsync(id)).GetProperty("status").GetString());
        Assert.Equal("paused", (await DoAsync(id, "pause")).Json.GetProperty("status").GetString());
        (await DoAsync(id, "pause")).IsProblem(409, "not_cancelable");
        Assert.Equal("scheduled", (await DoAsync(id, "resume")).Json.GetProperty("status").GetString());
        var cancelled = await DoAsync(id, "cancel");
        Assert.Equal(5, cancelled.Json.GetProperty("changed").GetInt64());
        Assert.Equal(5, Count(await ShowAsync(id), "cancelled"));
        (await DoAsync(id, "resume")).IsProblem(409, "not_cancelable");
    }

    [Fact]
    public async Task What_waits_in_the_queue_rests_and_is_cancelled_too()
    {
        var id = await StartAsync("\"pace\":{\"per_hour\":1000000}", count: 5);
        await WaitAsync(id, batch => Count(batch, "pending") == 0);
        Assert.Equal(5, (await DoAsync(id, "pause")).Json.GetProperty("changed").GetInt64());
        Assert.Equal(5, (await DoAsync(id, "resume")).Json.GetProperty("changed").GetInt64());
        Assert.Equal(5, (await DoAsync(id, "cancel")).Json.GetProperty("changed").GetInt64());
        Assert.Equal(5, Count(await WaitForAsync(id, "cancelled"), "cancelled"));
        Assert.Equal(0, server.Server.Accounting.Gap);
    }

    [Fact]
    public async Task A_pace_is_kept_and_can_be_changed()
    {
        var id = await StartAsync("\"pace\":{\"per_hour\":1}", count: 3);
        await WaitAsync(id, batch => Count(batch, "pending") == 2);
        await server.AskAsync(
            HttpMethod.Patch, "/v1/batches/" + id, server.KeyOfA, """{"pace":{"per_hour":1000000}}""");
        await WaitAsync(id, batch => Count(batch, "pending") == 0);
        await DoAsync(id, "cancel");
    }

    [Fact]
    public async Task Another_accounts_batch_is_not_there()
    {
        var id = await StartAsync($"\"send_at\":\"{TimeProvider.System.GetUtcNow().AddDays(1):O}\"", count: 1);
        foreach (var path in new[] { "", "/errors", "/recipients" })
            (await server.GetAsync($"/v1/batches/{id}{path}", server.KeyOfB)).IsProblem(404, "not_found");
        foreach (var word in new[] { "pause", "resume", "cancel" })
        {
            (await server.AskAsync(HttpMethod.Post, $"/v1/batches/{id}/{word}", server.KeyOfB))
                .IsProblem(404, "not_found");
        }
        Assert.DoesNotContain(id, (await server.GetAsync("/v1/batches", server.KeyOfB)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repeated_batch_is_one_batch()
    {
        var answers = new List<string>();
        for (var time = 0; time < 2; time++)
        {
            using var content = new StringContent(
                """{"defaults":{"from":"s@a.test","text":"b","sandbox":true},"recipients":[{"to":"v@sink.test"}]}""",
                Encoding.UTF8, "application/json");
            var answer = await server.AskAsync(
                HttpMethod.Post, "/v1/batches", server.KeyOfA, content, ("Idempotency-Key", "batch"));
            Assert.Equal(202, answer.Code);
            answers.Add(answer.Text);
        }
        Assert.Equal(answers[0], answers[1]);
    }

    private Task<Answer> PostAsync(string json) => server.AskAsync(HttpMethod.Post, "/v1/batches", server.KeyOfA, json);

    private async Task<string> StartAsync(string more, int count)
    {
        var recipients = string.Join(
            ',', Enumerable.Range(0, count).Select(line => $$"""{"to":"v{{line}}@sink.test"}"""));
        var answer = await PostAsync(
            $$"""{"defaults":{"from":"s@a.test","text":"b"},"recipients":[{{recipients}}],{{more}}}""");
        Assert.True(answer.Code == 202, answer.Text);
        return answer.Json.GetProperty("id").GetString()!;
    }

    private async Task<JsonElement> ShowAsync(string id) =>
        (await server.GetAsync("/v1/batches/" + id, server.KeyOfA)).Json;

    private Task<Answer> DoAsync(string id, string word) =>
        server.AskAsync(HttpMethod.Post, $"/v1/batches/{id}/{word}", server.KeyOfA);

    private Task<JsonElement> WaitForAsync(string id, string status) => WaitAsync(
        id, batch => batch.GetProperty("status").GetString() == status && Count(batch, "waiting") == 0);

    // Nobody tells how far a batch is: it is asked ten times a second, until the test's own time is over.
    private async Task<JsonElement> WaitAsync(string id, Func<JsonElement, bool> isThere)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            var batch = await ShowAsync(id);
            if (isThere(batch)) return batch;
            await tick.WaitForNextTickAsync(RunningServer.Cancel);
        }
    }

    private static long Count(JsonElement batch, string state) =>
        batch.GetProperty("counts").GetProperty(state).GetInt64();
}
