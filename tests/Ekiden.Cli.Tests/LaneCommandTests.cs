using System.Net;
using System.Text.Json;

namespace Ekiden.Cli.Tests;

public sealed class LaneCommandTests
{
    private const string Other = """{"site":"mx.c.example","source":"ip-1",""" + Rest;

    private const string Lane = """{"site":"mx.b.example > mx2.b.example","source":"ip-1",""" + Rest;

    private const string Rest =
        """
        "provider":"generic","ready":7,"ready_bulk":3,"connections":{"working":4,"idle":0,"closing":1},
        "limits":{"connections":5,"messages_per_connection":20,"per_second":1.5},
        "pins":{"connections":5,"messages_per_connection":null,"per_second":null},
        "wait":{"limit":"rate","since":"2026-04-01T00:00:00+00:00","until":"2026-04-01T00:01:00+00:00",
        "why":"450 4.7.1 slow down"},
        "scopes":[],
        "changes":[{"at":"2026-04-01T00:00:00+00:00","what":"rate","from":3,"to":1.5,"why":"450 4.7.1 slow down"}]}
        """;

    [Fact]
    public async Task Lanes_are_shown_with_what_they_keep_to_and_why()
    {
        using var run = new CommandRun().Running();
        run.Api.Answer(Page(Lane));
        Assert.Equal(0, await run.RunAsync("lanes"));
        Assert.Contains("4/5", run.Output, StringComparison.Ordinal);
        Assert.Contains("1.5", run.Output, StringComparison.Ordinal);
        Assert.Contains("450 4.7.1 slow down", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_lane_is_shown_with_its_changes_and_in_json_as_an_array()
    {
        using var run = new CommandRun().Running();
        run.Api.Answer(Page(Lane));
        Assert.Equal(0, await run.RunAsync("lane", "show", "b.example"));
        Assert.Contains("2026-04-01 00:00:00Z", run.Output, StringComparison.Ordinal);
        using var inJson = new CommandRun().Running();
        inJson.Api.Answer(Page(Lane));
        Assert.Equal(0, await inJson.RunAsync("lane", "show", "b.example", "--json"));
        var shown = Assert.Single(JsonElement.Parse(inJson.Output).EnumerateArray());
        Assert.Equal("rate", shown.GetProperty("wait").GetProperty("limit").GetString());
    }

    [Fact]
    public async Task A_pin_goes_to_the_one_site_that_was_found()
    {
        using var run = new CommandRun().Running();
        run.Api.Answer(Page(Lane)).Answer(Page(Lane));
        Assert.Equal(0, await run.RunAsync("lane", "pin", "b.example", "--connections", "5", "--rate", "2/s"));
        Assert.Equal(
            "PUT http://127.0.0.1:18025/v1/lanes/ip-1/mx.b.example > mx2.b.example/pins "
            + """{"connections":5,"messages_per_connection":null,"per_second":2}""",
            run.Api.Requests[1]);
    }

    [Theory]
    [InlineData("unpin", "DELETE", "pins")]
    [InlineData("reset", "POST", "reset")]
    public async Task What_was_fixed_or_learned_is_given_up(string verb, string method, string path)
    {
        using var run = new CommandRun().Running();
        run.Api.Answer(Page(Other)).Answer(Page(Other));
        Assert.Equal(0, await run.RunAsync("lane", verb, "mx.c.example"));
        Assert.Equal($"{method} http://127.0.0.1:18025/v1/lanes/ip-1/mx.c.example/{path}", run.Api.Requests[1]);
    }

    [Fact]
    public async Task A_name_of_several_sites_or_of_none_changes_nothing()
    {
        using var run = new CommandRun().Running();
        run.Api.Answer(Page(Lane, Other)).Answer(Page()).Answer("{}", HttpStatusCode.NotFound);
        Assert.Equal(1, await run.RunAsync("lane", "reset", "example"));
        Assert.Equal(1, await run.RunAsync("lane", "reset", "nowhere.example"));
        Assert.Equal(2, run.Api.Requests.Count);
        Assert.Equal(2, await run.RunAsync("lane", "pin", "mx.c.example"));
        Assert.Equal(2, run.Api.Requests.Count);
    }

    private static string Page(params string[] lanes) =>
        $$"""{"data":[{{string.Join(',', lanes)}}],"next_cursor":null,"has_more":false}""";
}
