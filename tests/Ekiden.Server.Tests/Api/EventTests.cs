using System.Net.Http.Headers;
using System.Text.Json;
using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>The event log over HTTP: search, the story of a message, the stream; and whose events are whose.</summary>
public sealed class EventTests(RunningServer server)
{
    private const string Mail = """{"from":"s@a.test","to":"v@sink.test","text":"b","tags":["spring"]}""";

    [Fact]
    public async Task A_message_has_a_story_from_the_moment_it_was_taken()
    {
        var id = await SendAsync();
        var story = await WaitAsync($"/v1/messages/{id}/events", server.KeyOfA, 1);
        var accepted = story[0];
        Assert.Equal("email.accepted", accepted.GetProperty("type").GetString());
        var data = accepted.GetProperty("data");
        Assert.Equal(id, data.GetProperty("message_id").GetString());
        Assert.Equal("v@sink.test", data.GetProperty("recipient").GetString());
        Assert.Equal("spring", data.GetProperty("tags")[0].GetString());
    }

    [Fact]
    public async Task What_happens_to_it_is_found_by_every_parameter_that_names_it()
    {
        var id = await SendAsync();
        await WaitAsync($"/v1/messages/{id}/events", server.KeyOfA, 1);
        Assert.Equal(200, (await server.AskAsync(
            HttpMethod.Post, $"/v1/messages/{id}/cancel", server.KeyOfA, "{}")).Code);
        var found = await WaitAsync(
            $"/v1/events?message_id={id}&recipient=V@sink.test&recipient_domain=sink.test&tag=spring&type=cancelled"
            + "&from=2020-01-01T00:00:00Z&stream=transactional", server.KeyOfA, 1);
        Assert.Equal("email.cancelled", Assert.Single(found).GetProperty("type").GetString());
    }

    // Reliability K-R5, G test T7.
    [Fact]
    public async Task Another_accounts_events_are_not_there()
    {
        var id = await SendAsync();
        await WaitAsync($"/v1/messages/{id}/events", server.KeyOfA, 1);
        (await server.GetAsync($"/v1/messages/{id}/events", server.KeyOfB)).IsProblem(404, "not_found");
        foreach (var query in new[] { "", "&account=A", $"&account={await AccountOfAAsync()}" })
        {
            var answer = await server.GetAsync($"/v1/events?message_id={id}{query}", server.KeyOfB);
            Assert.Equal(0, answer.Json.GetProperty("data").GetArrayLength());
        }
        Assert.Equal(
            1, (await server.GetAsync($"/v1/events?message_id={id}", server.AdminToken))
                .Json.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Pages_follow_each_other_by_cursor()
    {
        var tag = Guid.NewGuid().ToString("N");
        for (var i = 0; i < 5; i++)
        {
            var sent = await server.SendMailAsync(
                $$"""{"from":"s@a.test","to":"v@sink.test","text":"b","tags":["{{tag}}"]}""");
            Assert.Equal(202, sent.Code);
        }
        var all = await WaitAsync($"/v1/events?tag={tag}", server.KeyOfA, 5);
        var first = (await server.GetAsync($"/v1/events?tag={tag}&limit=3", server.KeyOfA)).Json;
        Assert.True(first.GetProperty("has_more").GetBoolean());
        var cursor = first.GetProperty("next_cursor").GetString();
        var second = (await server.GetAsync($"/v1/events?tag={tag}&limit=3&cursor={cursor}", server.KeyOfA)).Json;
        Assert.False(second.GetProperty("has_more").GetBoolean());
        Assert.Equal(
            all.Select(Id),
            first.GetProperty("data").EnumerateArray().Concat(second.GetProperty("data").EnumerateArray()).Select(Id));
    }

    [Theory]
    [InlineData("nothing=1", "nothing")]
    [InlineData("type=email.eaten", "type")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("cursor=evt_1", "cursor")]
    [InlineData("message_id=msg_1", "message_id")]
    [InlineData("recipient=a", "recipient")]
    [InlineData("from=yesterday", "from")]
    [InlineData("tag=a&tag=b", "tag")]
    public async Task A_parameter_that_cannot_be_read_is_named(string query, string name) =>
        (await server.GetAsync($"/v1/events?{query}", server.KeyOfA)).IsProblem(422, "invalid_request", "/" + name);

    [Fact]
    public async Task The_stream_shows_events_as_they_come_and_goes_on_where_a_client_was()
    {
        var before = await SendAsync();
        var seen = Id((await WaitAsync($"/v1/messages/{before}/events", server.KeyOfA, 1))[0]);
        var tag = Guid.NewGuid().ToString("N");
        using var http = new HttpClient { BaseAddress = new Uri($"http://{server.Server.HttpAddress}") };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/events/stream?tag={tag}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.KeyOfA);
        request.Headers.Add("Last-Event-ID", seen);
        using var response = await http.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, RunningServer.Cancel);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(RunningServer.Cancel));
        await server.SendMailAsync($$"""{"from":"s@a.test","to":"v@sink.test","text":"b","tags":["{{tag}}"]}""");
        string? line;
        var head = new List<string>();
        while ((line = await lines.ReadLineAsync(RunningServer.Cancel)) is not null
            && !line.StartsWith("data: ", StringComparison.Ordinal))
        {
            head.Add(line);
        }
        Assert.Contains("event: email.accepted", head);
        Assert.NotNull(line);
        var one = JsonElement.Parse(line["data: ".Length..]);
        Assert.Contains($"id: {Id(one)}", head);
        Assert.Equal(tag, one.GetProperty("data").GetProperty("tags")[0].GetString());
    }

    private async Task<string> SendAsync() =>
        (await server.SendMailAsync(Mail)).Json.GetProperty("id").GetString()!; // every message has one

    private async Task<string?> AccountOfAAsync() => (await server.GetAsync("/v1/accounts", server.AdminToken)).Json
        .GetProperty("data").EnumerateArray().First(one => one.GetProperty("name").GetString() == "A")
        .GetProperty("id").GetString();

    private async Task<JsonElement[]> WaitAsync(string path, string key, int count)
    {
        while (true)
        {
            var last = server.Server.Events.LastSequence;
            var answer = await server.GetAsync(path, key);
            if (answer.Code == 200 && answer.Json.GetProperty("data").GetArrayLength() >= count)
                return [.. answer.Json.GetProperty("data").EnumerateArray()];
            await server.Server.Events.WaitForNewsAsync(last, RunningServer.Cancel);
        }
    }

    private static string? Id(JsonElement one) => one.GetProperty("id").GetString();
}
