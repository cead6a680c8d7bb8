using Ekiden.Directory;
using Ekiden.Server.Api;
using Ekiden.Server.Api.Suppressions;
using Ekiden.Server.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Tests.Api;

/// <summary>Who may call what: every route of the table, by every kind of caller.</summary>
public sealed class AccessTests(RunningServer server)
{
    // The table itself, so that a route that is added is asked too.
    public static TheoryData<string, string> Routes
    {
        get
        {
            var builder = WebApplication.CreateSlimBuilder();
            using var application = builder.Build();
            // Only mapped, never called.
            new MessageEndpoints(null!, null!, null!, TimeProvider.System).Map(application);
            new RawMessageEndpoints(null!, null!).Map(application);
            new MessageStateEndpoints(null!, TimeProvider.System).Map(application);
            new QueueEndpoints(null!, null!, TimeProvider.System, null!).Map(application);
            new LaneEndpoints(null!, TimeProvider.System).Map(application);
            new TemplateEndpoints(null!).Map(application);
            new BatchEndpoints(null!, null!).Map(application);
            new BatchStateEndpoints(null!, null!, null!, TimeProvider.System).Map(application);
            new AccountEndpoints(null!).Map(application);
            new EventEndpoints(null!, TimeProvider.System).Map(application);
            new SuppressionEndpoints(null!, null!, null!, TimeProvider.System).Map(application);
            var table = new TheoryData<string, string>();
            var sources = ((IEndpointRouteBuilder)application).DataSources;
            foreach (var endpoint in sources.SelectMany(source => source.Endpoints))
            {
                var path = "/v1" + ((RouteEndpoint)endpoint).RoutePattern.RawText;
                path = path.Replace("{id}", "msg_0123456789ABCDEFGHJKMNPQRS", StringComparison.Ordinal)
                    .Replace("{email}", "nobody@sink.test", StringComparison.Ordinal)
                    .Replace("{template}", "tpl_nothing", StringComparison.Ordinal)
                    .Replace("{batch}", "bat_0123456789ABCDEFGHJKMNPQRS", StringComparison.Ordinal)
                    .Replace("{account}", "acc_nobody", StringComparison.Ordinal)
                    .Replace("{key}", "key_nobody", StringComparison.Ordinal);
                if (path == "/v1/events/stream") path += "?cursor=none"; // refused: it would not end by itself
                foreach (var method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods)
                    table.Add(method, path);
            }
            return table;
        }
    }

    [Fact]
    public void The_table_has_routes() => Assert.True(Routes.Count > 10);

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_caller_without_a_valid_token_is_told_nothing(string method, string path)
    {
        string?[] tokens =
            [null, "", "wrong", "ekiden_live_0000000000", server.AdminToken[..^1], server.KeyOfA + "0"];
        foreach (var token in tokens)
        {
            var answer = await server.AskAsync(new HttpMethod(method), path, token, "{}");
            answer.IsProblem(401, "unauthorized");
            Assert.Equal("Bearer", answer.Header("WWW-Authenticate"));
        }
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_key_reaches_what_its_scopes_name_and_the_operator_everything(string method, string path)
    {
        var verb = new HttpMethod(method);
        var isOfMessages = path.StartsWith("/v1/messages", StringComparison.Ordinal)
            || path.StartsWith("/v1/batches", StringComparison.Ordinal)
            || path.StartsWith("/v1/templates", StringComparison.Ordinal);
        var isRender = path.EndsWith("/render", StringComparison.Ordinal);
        var isOfEvents = path.StartsWith("/v1/events", StringComparison.Ordinal);
        var mayRead = method == "GET" ? isOfMessages || isOfEvents : isRender;
        var maySend = isOfMessages && method != "GET";
        Assert.Equal(mayRead, (await server.AskAsync(verb, path, server.ReadKeyOfA, "{}")).Code != 403);
        Assert.Equal(mayRead || maySend, (await server.AskAsync(verb, path, server.KeyOfA, "{}")).Code != 403);
        Assert.NotEqual(403, (await server.AskAsync(verb, path, server.AdminToken, "{}")).Code);
    }

    [Fact]
    public async Task A_revoked_key_and_a_suspended_account_are_nobody_at_once()
    {
        await RunningServer.DoneAsync(server.Server.Directory.AddAccountAsync("leaving", RunningServer.Cancel));
        var kept = await server.AddKeyAsync("leaving", KeyScopes.Send);
        var lost = await server.AddKeyAsync("leaving", KeyScopes.Send);
        Assert.Equal(400, (await server.SendMailAsync("{}", lost.Secret)).Code);
        var revoked = await server.AskAsync(HttpMethod.Delete, $"/v1/api-keys/{lost.Key.Id}", server.AdminToken);
        Assert.Equal(200, revoked.Code);
        (await server.SendMailAsync("{}", lost.Secret)).IsProblem(401, "unauthorized");
        Assert.Equal(400, (await server.SendMailAsync("{}", kept.Secret)).Code);
        Assert.Equal(200, (await server.AskAsync(
            HttpMethod.Patch, "/v1/accounts/leaving", server.AdminToken, """{"status":"suspended"}""")).Code);
        (await server.SendMailAsync("{}", kept.Secret)).IsProblem(401, "unauthorized");
    }

    // Reliability K-R5, G test T7.
    [Fact]
    public async Task A_message_of_another_account_is_not_there()
    {
        var sent = await server.SendMailAsync("""{"from":"s@a.test","to":"v@sink.test","text":"b"}""");
        var path = "/v1/messages/" + sent.Json.GetProperty("id").GetString();
        Assert.Equal(200, (await server.GetAsync(path, server.KeyOfA)).Code);
        Assert.Equal(200, (await server.GetAsync(path, server.AdminToken)).Code);
        (await server.GetAsync(path, server.KeyOfB)).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task The_operator_sends_for_the_account_it_names()
    {
        const string Mail = """{"from":"s@a.test","to":"v@sink.test","text":"b"}""";
        using var none = Json(Mail);
        using var named = Json(Mail);
        using var unknown = Json(Mail);
        (await server.AskAsync(HttpMethod.Post, "/v1/messages", server.AdminToken, none))
            .IsProblem(422, "invalid_request");
        var sent = await server.AskAsync(
            HttpMethod.Post, "/v1/messages", server.AdminToken, named, ("X-Ekiden-Account", "A"));
        Assert.Equal(202, sent.Code);
        var refused = await server.AskAsync(
            HttpMethod.Post, "/v1/messages", server.AdminToken, unknown, ("X-Ekiden-Account", "nobody"));
        refused.IsProblem(422, "invalid_request");
    }

    // An admin's own account must not stand in for one that does not exist.
    [Fact]
    public async Task An_admin_key_that_names_an_unknown_account_sends_for_nobody()
    {
        var key = await server.AddKeyAsync("A", KeyScopes.Admin);
        const string Mail = """{"from":"s@a.test","to":"v@sink.test","text":"b"}""";
        using var own = Json(Mail);
        using var unknown = Json(Mail);
        Assert.Equal(202, (await server.AskAsync(HttpMethod.Post, "/v1/messages", key.Secret, own)).Code);
        var refused = await server.AskAsync(
            HttpMethod.Post, "/v1/messages", key.Secret, unknown, ("X-Ekiden-Account", "nobody"));
        refused.IsProblem(422, "invalid_request");
    }

    [Theory]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/favicon.ico", 404)]
    [InlineData("GET", "/v1", 401)]
    [InlineData("GET", "/v1/nothing", 401)]
    [InlineData("GET", "/v1/nothing.txt", 401)]
    [InlineData("GET", "/v1/../admin.token", 404)]
    [InlineData("DELETE", "/v1/messages", 401)]
    public async Task What_is_not_there_is_a_problem_too(string method, string path, int status)
    {
        var answer = await server.AskAsync(new HttpMethod(method), path, null);
        answer.IsProblem(status, status == 401 ? "unauthorized" : "not_found");
    }

    [Theory]
    [InlineData("GET", "/v1/nothing.txt", 404)]
    [InlineData("DELETE", "/v1/messages", 404)]
    [InlineData("PUT", "/v1/queue", 404)]
    public async Task A_key_hears_that_a_route_is_not_there(string method, string path, int status) =>
        (await server.AskAsync(new HttpMethod(method), path, server.KeyOfA)).IsProblem(status, "not_found");

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
