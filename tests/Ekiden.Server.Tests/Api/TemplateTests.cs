using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>Stored templates: versions, preview, use in a mail and in a batch.</summary>
[Collection("Counts all mail of the server")]
public sealed class TemplateTests(RunningServer server)
{
    [Fact]
    public async Task A_template_has_versions_and_the_newest_is_used_unless_one_is_named()
    {
        var added = await AddAsync("versions", "{{name}} 1");
        Assert.StartsWith("tpl_", added.Json.GetProperty("id").GetString(), StringComparison.Ordinal);
        var changed = await server.AskAsync(
            HttpMethod.Put, "/v1/templates/versions", server.KeyOfA, """{"text":"{{name}} 2"}""");
        Assert.Equal(2, changed.Json.GetProperty("version").GetInt32());
        Assert.Equal("n 2", await RenderAsync("versions", """{"data":{"name":"n"}}"""));
        Assert.Equal("n 1", await RenderAsync("versions", """{"version":1,"data":{"name":"n"}}"""));
        var versions = await server.GetAsync("/v1/templates/versions/versions", server.KeyOfA);
        Assert.Equal(2, versions.Json.GetProperty("data").GetArrayLength());
        Assert.Equal(204, (await server.AskAsync(HttpMethod.Delete, "/v1/templates/versions", server.KeyOfA)).Code);
        (await server.GetAsync("/v1/templates/versions", server.KeyOfA)).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task A_mail_and_a_batch_are_made_of_a_template()
    {
        await AddAsync("used", "Dear {{name}}");
        Assert.Equal(202, (await server.SendMailAsync(
            """{"from":"s@a.test","to":"v@sink.test","template":{"id":"used","data":{"name":"n"}}}""")).Code);
        (await server.SendMailAsync("""{"from":"s@a.test","to":"v@sink.test","template":{"id":"used","data":{}}}"""))
            .IsProblem(422, "template_error", "/template/data");
        (await server.SendMailAsync("""{"from":"s@a.test","to":"v@sink.test","text":"b","template":{"id":"used"}}"""))
            .IsProblem(422, "invalid_request", "/template");
        var batch = await server.AskAsync(HttpMethod.Post, "/v1/batches", server.KeyOfA,
            """
            {"defaults":{"from":"s@a.test","template":{"id":"used"},"sandbox":true},
             "recipients":[{"to":"v@sink.test","data":{"name":"n"}},{"to":"w@sink.test"}]}
            """);
        Assert.Equal(1, batch.Json.GetProperty("accepted").GetInt64());
        Assert.Equal(1, batch.Json.GetProperty("rejected").GetInt64());
    }

    [Fact]
    public async Task Another_accounts_template_is_not_there()
    {
        var id = (await AddAsync("ours", "b")).Json.GetProperty("id").GetString();
        foreach (var name in new[] { id, "ours" })
        {
            (await server.GetAsync("/v1/templates/" + name, server.KeyOfB)).IsProblem(404, "not_found");
            (await server.AskAsync(HttpMethod.Post, $"/v1/templates/{name}/render", server.KeyOfB, "{}"))
                .IsProblem(404, "not_found");
            (await server.SendMailAsync(
                $$"""{"from":"s@b.test","to":"v@sink.test","template":{"id":"{{name}}" } }""", server.KeyOfB))
                .IsProblem(422, "template_error", "/template/id");
        }
    }

    [Theory]
    [InlineData("""{"text":"b"}""", 422, "/name")]
    [InlineData("""{"name":"x"}""", 422, "/text")]
    [InlineData("""{"name":"x","text":"b","html":"{{"}""", 422, "/html")]
    [InlineData("""{"name":"x","text":"b","colour":1}""", 400, "/colour")]
    public async Task What_is_no_template_is_refused(string json, int status, string pointer)
    {
        var answer = await server.AskAsync(HttpMethod.Post, "/v1/templates", server.KeyOfA, json);
        answer.IsProblem(status, pointer == "/html" ? "template_error" : "invalid_request", pointer);
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        Assert.Equal(201, (await AddAsync("taken", "b")).Code);
        (await AddAsync("taken", "b")).IsProblem(409, "taken");
    }

    private Task<Answer> AddAsync(string name, string text) => server.AskAsync(
        HttpMethod.Post, "/v1/templates", server.KeyOfA, $$"""{"name":"{{name}}","text":"{{text}}"}""");

    private async Task<string?> RenderAsync(string name, string json) => (await server.AskAsync(
        HttpMethod.Post, $"/v1/templates/{name}/render", server.KeyOfA, json)).Json.GetProperty("text").GetString();
}
