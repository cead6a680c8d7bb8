using System.Text.Json;
using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>The queue as the operator sees and changes it. Each test has recipient domains of its own.</summary>
public sealed class QueueTests(RunningServer server)
{
    [Fact]
    public async Task A_hold_a_release_and_a_cancel_change_what_they_match_and_nothing_else()
    {
        await SendAsync("v@hold.test", "w@hold.test", "v@stays.test");
        await HoldAllAsync("hold.test", 2);
        Assert.Equal(["held", "held"], (await ListAsync("domain=hold.test")).Select(State));
        Assert.DoesNotContain("held", (await ListAsync("domain=stays.test")).Select(State));

        Assert.Equal((2, 0), await ChangeAsync("release", """{"domain":"hold.test"}""", dryRun: true));
        Assert.Equal(["held", "held"], (await ListAsync("domain=hold.test")).Select(State));
        Assert.Equal((1, 1), await ChangeAsync("release", """{"recipient":"W@hold.test"}"""));
        Assert.Equal((1, 1), await ChangeAsync("cancel", """{"recipient":"v@hold.test"}"""));
        var left = Assert.Single(await ListAsync("domain=hold.test"));
        Assert.Equal("w@hold.test", left.GetProperty("recipient").GetString());
        Assert.Single(await ListAsync("domain=stays.test"));
        Assert.Equal(0, server.Server.Accounting.Gap);
    }

    [Fact]
    public async Task A_message_that_is_partly_finished_shows_where_everybody_stands()
    {
        var id = await SendAsync("v@partly.test", "w@partly.test");
        await HoldAllAsync("partly.test", 2);
        await ChangeAsync("cancel", """{"recipient":"v@partly.test"}""");
        var shown = (await server.GetAsync("/v1/messages/" + id, server.KeyOfA)).Json.GetProperty("recipients");
        Assert.Equal(["cancelled", "held"], shown.EnumerateArray().Select(State));
        await ChangeAsync("cancel", $$"""{"id":"{{id}}"}""");
        (await server.GetAsync("/v1/messages/" + id, server.KeyOfA)).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task A_retry_makes_a_deferred_recipient_due_now()
    {
        var id = await SendAsync("v@retry.test");
        await HoldAllAsync("retry.test", 1);
        await ChangeAsync("release", $$"""{"id":"{{id}}"}""");
        var (matched, changed) = await ChangeAsync("retry", $$"""{"id":"{{id}}"}""");
        Assert.Equal(matched, changed);
        Assert.Equal(0, server.Server.Accounting.Gap);
    }

    [Fact]
    public async Task All_conditions_must_hold()
    {
        var id = await SendAsync("v@cond.test", "w@cond.test");
        await HoldAllAsync("cond.test", 2);
        Assert.Equal(2, (await ListAsync($"id={id}")).Length);
        Assert.Equal(2, (await ListAsync($"id={id}&account=A&stream=transactional&domain=COND.test")).Length);
        Assert.Single(await ListAsync($"id={id}&recipient=v@cond.test"));
        Assert.Empty(await ListAsync($"id={id}&account=B"));
        Assert.Empty(await ListAsync($"id={id}&stream=bulk"));
        Assert.Empty(await ListAsync($"id={id}&domain=stays.test"));
        Assert.Empty(await ListAsync($"id={id}&older_than_seconds=3600"));
        Assert.Equal(2, (await ListAsync($"id={id}&older_than_seconds=0")).Length);
        Assert.Empty(await ListAsync($"id={id}&reason=greylisted"));
        await ChangeAsync("cancel", $$"""{"id":"{{id}}"}""");
    }

    // The address is known only when the message was opened: the page is cut after that.
    [Fact]
    public async Task A_page_holds_what_was_asked_for_however_much_stands_before_it()
    {
        for (var i = 0; i < 4; i++) await SendAsync("other@page.test");
        await SendAsync("wanted@page.test");
        await SendAsync("wanted@page.test");
        await HoldAllAsync("page.test", 6);

        Assert.Equal((2, false), await PageAsync("domain=page.test&recipient=wanted@page.test&limit=2"));
        Assert.Equal((1, true), await PageAsync("domain=page.test&recipient=wanted@page.test&limit=1"));
        Assert.Equal((6, false), await PageAsync("domain=page.test&limit=6"));
        Assert.Equal((5, true), await PageAsync("domain=page.test&limit=5"));
        await ChangeAsync("cancel", """{"domain":"page.test"}""");
    }

    [Fact]
    public async Task Many_messages_are_changed_at_once()
    {
        for (var i = 0; i < 150; i++) await SendAsync($"v{i}@many.test");
        await HoldAllAsync("many.test", 150);
        Assert.Equal((150, 150), await ChangeAsync("cancel", """{"domain":"many.test","account":"A"}"""));
        Assert.Empty(await ListAsync("domain=many.test"));
        Assert.Equal(0, server.Server.Accounting.Gap);
    }

    [Fact]
    public async Task The_summary_counts_every_recipient_that_is_not_finished()
    {
        var id = await SendAsync("v@summary.test", "w@summary.test");
        await HoldAllAsync("summary.test", 2);
        var summary = (await server.GetAsync("/v1/queue/summary", server.AdminToken)).Json;
        Assert.Equal(
            ["waiting", "active", "deferred", "held", "oldest_seconds", "by_stream", "by_provider"],
            summary.EnumerateObject().Select(property => property.Name));
        Assert.True(summary.GetProperty("held").GetInt64() >= 2);
        Assert.True(summary.GetProperty("waiting").GetInt64() >= 2);
        Assert.Equal(2, summary.GetProperty("by_provider").GetProperty("summary.test").GetInt64());
        await ChangeAsync("cancel", $$"""{"id":"{{id}}"}""");
    }

    private static string? State(JsonElement recipient) => recipient.GetProperty("state").GetString();

    private async Task<string> SendAsync(params string[] to)
    {
        var answer = await server.SendMailAsync(
            $$"""{"from":"s@a.test","to":{{JsonSerializer.Serialize(to)}},"text":"b"}""");
        Assert.True(answer.Code == 202, answer.Text);
        return answer.Json.GetProperty("id").GetString()!; // 202 has one
    }

    // The next hop never greets, so nobody is in an attempt and all can be held.
    private async Task HoldAllAsync(string domain, int count) =>
        Assert.Equal((count, count), await ChangeAsync("hold", $$"""{"domain":"{{domain}}"}"""));

    private async Task<JsonElement[]> ListAsync(string query)
    {
        var answer = await server.GetAsync("/v1/queue?" + query, server.AdminToken);
        Assert.True(answer.Code == 200, answer.Text);
        return [.. answer.Json.GetProperty("data").EnumerateArray()];
    }

    private async Task<(int Count, bool HasMore)> PageAsync(string query)
    {
        var page = (await server.GetAsync("/v1/queue?" + query, server.AdminToken)).Json;
        return (page.GetProperty("data").GetArrayLength(), page.GetProperty("has_more").GetBoolean());
    }

    private async Task<(long Matched, long Changed)> ChangeAsync(string verb, string filter, bool dryRun = false)
    {
        var answer = await server.AskAsync(
            HttpMethod.Post, "/v1/queue/" + verb, server.AdminToken,
            $$"""{"filter":{{filter}},"dry_run":{{(dryRun ? "true" : "false")}}}""");
        Assert.True(answer.Code == 200, answer.Text);
        return (answer.Json.GetProperty("matched").GetInt64(), answer.Json.GetProperty("changed").GetInt64());
    }
}
