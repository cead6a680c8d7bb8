using System.Text.Json;
using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>
/// All mail of the test server goes by one route to a host that never greets. Tests that send have a server of their
/// own: others count what the common one accepts.
/// </summary>
public sealed class LaneTests(RunningServer server)
{
    private const string Lane = "/v1/lanes/default/route%20%2A";

    [Fact]
    public async Task A_lane_shows_what_it_keeps_to_and_why_mail_waits()
    {
        await using var world = new RunningServer();
        await world.InitializeAsync();
        var id = await WaitingAsync("lane.test", world);
        var lane = (await ListAsync("site=route&source=default", world)).Single();
        Assert.Equal("route *", lane.GetProperty("site").GetString());
        Assert.Equal("default", lane.GetProperty("source").GetString());
        Assert.InRange(lane.GetProperty("limits").GetProperty("connections").GetInt32(), 1, 20);
        var shown = (await world.GetAsync("/v1/messages/" + id, world.KeyOfA)).Json.GetProperty("recipients")[0];
        // Connections are being opened to a host that never greets; a moment ago the route was looked for.
        Assert.True(shown.GetProperty("wait").GetProperty("limit").GetString() is "connecting" or "route");
        Assert.Empty(await ListAsync("site=nowhere.test", world));
        Assert.Empty(await ListAsync("source=nowhere", world));
    }

    [Fact]
    public async Task Held_and_scheduled_mail_says_so()
    {
        await using var world = new RunningServer();
        await world.InitializeAsync();
        var id = await WaitingAsync("held-lane.test", world);
        await world.AskAsync(
            HttpMethod.Post, "/v1/queue/hold", world.AdminToken, $$$"""{"filter":{"id":"{{{id}}}"}}""");
        var shown = (await world.GetAsync("/v1/messages/" + id, world.KeyOfA)).Json.GetProperty("recipients")[0];
        Assert.Equal("held", shown.GetProperty("wait").GetProperty("limit").GetString());
    }

    [Fact]
    public async Task A_pin_holds_over_a_restart_until_it_is_taken_back()
    {
        await using var world = new RunningServer();
        await world.InitializeAsync();
        await WaitingAsync("pin.test", world);
        var pinned = await world.AskAsync(
            HttpMethod.Put, Lane + "/pins", world.AdminToken, """{"connections":3,"per_second":2.5}""");
        Assert.Equal(3, Pins(pinned.Json.GetProperty("data")[0]).GetProperty("connections").GetInt32());
        await world.RestartAsync();
        await WaitingAsync("pin.test", world);
        var lane = (await ListAsync("site=route", world)).Single();
        Assert.Equal(3, Pins(lane).GetProperty("connections").GetInt32());
        Assert.Equal(2.5, Pins(lane).GetProperty("per_second").GetDouble());
        Assert.Equal(3, lane.GetProperty("limits").GetProperty("connections").GetInt32());
        var unpinned = await world.AskAsync(HttpMethod.Delete, Lane + "/pins", world.AdminToken);
        var pins = Pins(unpinned.Json.GetProperty("data")[0]);
        Assert.Equal(JsonValueKind.Null, pins.GetProperty("connections").ValueKind);
        Assert.Equal(200, (await world.AskAsync(HttpMethod.Post, Lane + "/reset", world.AdminToken)).Code);
    }

    [Theory]
    [InlineData("""{"connections":0}""", "/connections")]
    [InlineData("""{"messages_per_connection":0}""", "/messages_per_connection")]
    [InlineData("""{"per_second":0}""", "/per_second")]
    [InlineData("""{}""", "")]
    public async Task A_pin_that_fixes_nothing_sensible_is_refused(string pin, string pointer) =>
        (await server.AskAsync(HttpMethod.Put, Lane + "/pins", server.AdminToken, pin))
            .IsProblem(422, "invalid_request", pointer);

    [Fact]
    public async Task What_nobody_knows_is_not_found()
    {
        const string Unknown = "/v1/lanes/default/mx.unknown.test";
        (await server.GetAsync(Unknown, server.AdminToken)).IsProblem(404, "not_found");
        (await server.AskAsync(HttpMethod.Put, Unknown + "/pins", server.AdminToken, """{"connections":1}"""))
            .IsProblem(404, "not_found");
        (await server.AskAsync(HttpMethod.Post, Unknown + "/reset", server.AdminToken)).IsProblem(404, "not_found");
        (await server.GetAsync("/v1/lanes?limit=0", server.AdminToken)).IsProblem(422, "invalid_request", "/limit");
    }

    private static async Task<string> WaitingAsync(string domain, RunningServer world)
    {
        var answer = await world.SendMailAsync(
            $$"""{"from":"x@a.test","to":"v@{{domain}}","subject":"s","text":"t"}""");
        return answer.Json.GetProperty("id").GetString()!; // a 202 has one
    }

    private static async Task<JsonElement[]> ListAsync(string query, RunningServer world)
    {
        var answer = await world.GetAsync("/v1/lanes?" + query, world.AdminToken);
        return [.. answer.Json.GetProperty("data").EnumerateArray()];
    }

    private static JsonElement Pins(JsonElement lane) => lane.GetProperty("pins");
}
