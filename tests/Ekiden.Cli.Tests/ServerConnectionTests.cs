using System.Text.Json;

namespace Ekiden.Cli.Tests;

public sealed class ServerConnectionTests
{
    private const string Summary =
        """{"waiting":3,"active":1,"deferred":2,"held":0,"oldest_seconds":9,"by_stream":{"bulk":3},"by_provider":{}}""";

    [Fact]
    public async Task The_address_and_the_token_come_from_the_files_of_the_running_server()
    {
        using var run = new CommandRun().Running("127.0.0.1:40123");
        run.Api.Answer(Summary);

        Assert.Equal(0, await run.RunAsync("queue", "summary", "--json"));
        Assert.Equal(["GET http://127.0.0.1:40123/v1/queue/summary"], run.Api.Requests);
        Assert.Equal("Bearer ekiden_admin_token", run.Api.Headers["Authorization"]);
        Assert.Equal(Summary, run.Output.Trim());
    }

    [Theory]
    [InlineData("0.0.0.0:8025", "http://127.0.0.1:8025/")]
    [InlineData("[::]:8025", "http://[::1]:8025/")]
    public async Task A_server_that_listens_everywhere_is_asked_by_loopback(string address, string expected)
    {
        using var run = new CommandRun().Running(address);
        run.Api.Answer(Summary);
        await run.RunAsync("queue");
        Assert.StartsWith("GET " + expected, Assert.Single(run.Api.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_api_needs_a_key_and_no_settings()
    {
        using var run = new CommandRun { NoSettings = "none" };
        run.Api.Answer(Summary).Answer(Summary);

        Assert.Equal(1, await run.RunAsync("queue", "--api", "https://mail.example"));
        Assert.Contains("--key", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, await run.RunAsync("queue", "--api", "https://mail.example/base", "--key", "k"));
        Assert.Equal("GET https://mail.example/base/v1/queue/summary", run.Api.Requests[0]);
        run.Variables["EKIDEN_KEY"] = "from environment";
        Assert.Equal(0, await run.RunAsync("queue", "--api", "https://mail.example"));
        Assert.Equal("Bearer from environment", run.Api.Headers["Authorization"]);
    }

    [Fact]
    public async Task A_server_that_does_not_run_is_said_plainly()
    {
        using var run = new CommandRun().Running();
        Assert.Equal(1, await run.RunAsync("queue"));
        Assert.Equal("", run.Output);
        Assert.Contains("is `ekiden serve` running?", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_ran_is_said_plainly()
    {
        using var run = new CommandRun();
        Assert.Equal(1, await run.RunAsync("account", "list"));
        Assert.Contains("admin.token is not there", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_settings_are_said_plainly()
    {
        using var run = new CommandRun { NoSettings = "no file found" };
        Assert.Equal(1, await run.RunAsync("account", "list"));
        Assert.Contains("no file found", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"type\":\"about:blank\",\"title\":\"Conflict\",\"status\":409,\"code\":\"name_taken\",\"detail\":\"a is taken\",\"retryable\":false,\"errors\":[{\"pointer\":\"/name\",\"code\":\"taken\",\"detail\":\"choose another\"}]}")]
    public async Task A_problem_is_for_people_on_standard_error_and_for_programs_on_standard_output(string problem)
    {
        using var run = new CommandRun().Running();
        run.Api.Answer(problem, System.Net.HttpStatusCode.Conflict).Answer(problem, System.Net.HttpStatusCode.Conflict);

        Assert.Equal(1, await run.RunAsync("account", "add", "a"));
        Assert.Equal("", run.Output);
        Assert.Contains("error: Conflict: a is taken", run.Error, StringComparison.Ordinal);
        Assert.Contains("/name: choose another", run.Error, StringComparison.Ordinal);

        Assert.Equal(1, await run.RunAsync("account", "add", "a", "--json"));
        using var printed = JsonDocument.Parse(run.Output);
        Assert.Equal("name_taken", printed.RootElement.GetProperty("code").GetString());
        Assert.Equal("/name", printed.RootElement.GetProperty("errors")[0].GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task With_json_a_server_that_does_not_run_is_a_problem_object()
    {
        using var run = new CommandRun().Running();
        Assert.Equal(1, await run.RunAsync("queue", "--json"));
        using var printed = JsonDocument.Parse(run.Output);
        Assert.Equal("server_not_running", printed.RootElement.GetProperty("code").GetString());
        Assert.True(printed.RootElement.GetProperty("retryable").GetBoolean());
    }

    [Theory]
    [InlineData("<html>", System.Net.HttpStatusCode.BadGateway)]
    [InlineData("<html>", System.Net.HttpStatusCode.OK)]
    [InlineData("{\"surprise\":1}", System.Net.HttpStatusCode.OK)]
    public async Task Whatever_else_answers_is_not_taken_for_ekiden(string body, System.Net.HttpStatusCode status)
    {
        using var run = new CommandRun().Running();
        run.Api.Answer(body, status);
        Assert.Equal(1, await run.RunAsync("queue"));
        Assert.Contains("Not an answer of Ekiden", run.Error, StringComparison.Ordinal);
    }
}
