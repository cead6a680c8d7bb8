using System.Text;
using System.Text.Json;

namespace Ekiden.Cli.Tests;

public sealed class CommandTests
{
    private const string Account =
        """{"id":"acc_1","name":"a","status":"active","quota":{"per_day":5,"per_hour":null,"per_second":null},"""
        + "\"created_at\":\"2026-04-01T00:00:00+00:00\"}";

    private const string Item =
        """{"id":"rcp_1","message_id":"msg_1","recipient":"x@b.example","domain":"b.example","state":"deferred", """
        + """ "due":"2026-04-01T00:00:00+00:00","attempts":2,"last_reason":"throttled", """
        + """ "last_reply":"450 4.7.1 wait\u001b[2J","account":"acc_1","stream":"bulk","age_seconds":7300}""";

    public static TheoryData<string[], string> Requests => new()
    {
        { ["account", "add", "Acme"], "POST http://127.0.0.1:18025/v1/accounts {\"name\":\"Acme\"}" },
        { ["account", "suspend", "Ac/me"],
            "PATCH http://127.0.0.1:18025/v1/accounts/Ac%2Fme {\"status\":\"suspended\"}" },
        { ["account", "resume", "acc_1"], "PATCH http://127.0.0.1:18025/v1/accounts/acc_1 {\"status\":\"active\"}" },
        { ["key", "add", "a"],
            "POST http://127.0.0.1:18025/v1/api-keys {\"account\":\"a\",\"scopes\":null,\"expires_at\":null}" },
        {
            ["key", "add", "a", "--scope", "send,read", "--scope", "admin"],
            "POST http://127.0.0.1:18025/v1/api-keys "
                + "{\"account\":\"a\",\"scopes\":[\"send\",\"read\",\"admin\"],\"expires_at\":null}"
        },
        { ["key", "revoke", "key_1"], "DELETE http://127.0.0.1:18025/v1/api-keys/key_1" },
        {
            ["domain", "add", "a", "a.example", "--trust"],
            "POST http://127.0.0.1:18025/v1/domains {\"account\":\"a\",\"domain\":\"a.example\",\"trust\":true}"
        },
        {
            ["queue", "list", "--domain", "b.example", "--older-than", "1h", "--reason", "dns", "--limit", "7"],
            "GET http://127.0.0.1:18025/v1/queue?domain=b.example&reason=dns&older_than_seconds=3600&limit=7"
        },
        { ["queue", "list", "--recipient", "a+b@c.example"],
            "GET http://127.0.0.1:18025/v1/queue?recipient=a%2Bb%40c.example" },
        {
            ["events", "--recipient", "a+b@c.example", "--message", "msg_1", "--type", "bounced"],
            "GET http://127.0.0.1:18025/v1/events?recipient=a%2Bb%40c.example&message_id=msg_1&type=bounced"
        },
        { ["queue", "explain", "msg_1"], "GET http://127.0.0.1:18025/v1/messages/msg_1" },
        { ["lanes"], "GET http://127.0.0.1:18025/v1/lanes" },
        { ["lanes", "--site", "mx > b", "--source", "ip-1", "--limit", "5"],
            "GET http://127.0.0.1:18025/v1/lanes?site=mx > b&source=ip-1&limit=5" },
        { ["lane", "show", "mx.b.example"], "GET http://127.0.0.1:18025/v1/lanes?site=mx.b.example" },
        { ["queue", "show", "msg_1"], "GET http://127.0.0.1:18025/v1/messages/msg_1" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_command_asks_for_what_it_says(string[] arguments, string request)
    {
        using var run = new CommandRun().Running();
        await run.RunAsync(arguments);
        Assert.Equal([request], run.Api.Requests);
    }

    [Theory]
    [InlineData("retry")]
    [InlineData("cancel")]
    [InlineData("hold")]
    [InlineData("release")]
    public async Task A_queue_command_says_how_many_it_changed(string verb)
    {
        using var run = new CommandRun().Running();
        run.Api.Answer("""{"matched":3,"changed":0,"dry_run":true}""");
        run.Api.Answer("""{"matched":3,"changed":2,"dry_run":false}""");

        Assert.Equal(0, await run.RunAsync("queue", verb, "--stream", "bulk", "--older-than", "2d", "--dry-run"));
        Assert.Equal(0, await run.RunAsync("queue", verb, "--all"));
        Assert.StartsWith(
            $"POST http://127.0.0.1:18025/v1/queue/{verb} ", run.Api.Requests[0], StringComparison.Ordinal);
        using var request = JsonDocument.Parse(run.Api.Requests[0].Split(' ', 3)[2]);
        var filter = request.RootElement.GetProperty("filter");
        Assert.Equal("bulk", filter.GetProperty("stream").GetString());
        Assert.Equal(172_800, filter.GetProperty("older_than_seconds").GetInt64());
        Assert.True(request.RootElement.GetProperty("dry_run").GetBoolean());
        Assert.Equal($"{verb}: 3 would be changed\n{verb}: 2 of 3 changed\n", run.Output);
    }

    public static TheoryData<string[]> WrongLines => new()
    {
        { ["account", "add"] },
        { ["account", "quota", "a"] },
        { ["account", "quota", "a", "--daily", "0"] },
        { ["account", "quota", "a", "--rate", "fast"] },
        { ["queue", "cancel"] },
        { ["queue", "cancel", "--dry-run"] },
        { ["queue", "retry", "--older-than", "1 hour"] },
        { ["queue", "retry", "--older-than", "s"] },
        { ["queue", "--api", "ftp://x"] },
        { ["send", "--from", "a@b.example"] },
        { ["frobnicate"] },
        { ["queue", "--frobnicate"] },
    };

    [Theory]
    [MemberData(nameof(WrongLines))]
    public async Task A_wrong_command_line_ends_with_2_and_asks_nothing(string[] arguments)
    {
        using var run = new CommandRun().Running();
        Assert.Equal(2, await run.RunAsync(arguments));
        Assert.Empty(run.Api.Requests);
        Assert.Equal("", run.Output);
        Assert.StartsWith("error: Wrong usage: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_a_wrong_command_line_is_a_problem_object()
    {
        using var run = new CommandRun().Running();
        Assert.Equal(2, await run.RunAsync("queue", "hold", "--json"));
        using var printed = JsonDocument.Parse(run.Output);
        Assert.Equal("wrong_usage", printed.RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Lists_are_tables_for_people_and_arrays_for_programs()
    {
        using var run = new CommandRun().Running();
        var page = $$"""{"data":[{{Account}}],"next_cursor":null,"has_more":false}""";
        run.Api.Answer(page).Answer(page);

        Assert.Equal(0, await run.RunAsync("account", "list"));
        Assert.Matches("ID +NAME +STATUS +DAILY +HOURLY +RATE", run.Output);
        Assert.Matches("acc_1 +a +active +5 +- +-", run.Output);

        using var second = new CommandRun().Running();
        second.Api.Answer(page);
        Assert.Equal(0, await second.RunAsync("account", "list", "--json"));
        Assert.Equal($"[{Account}]", second.Output.Trim());
    }

    [Fact]
    public async Task A_reply_of_a_peer_cannot_write_on_the_terminal()
    {
        using var run = new CommandRun().Running();
        run.Api.Answer($$"""{"data":[{{Item}}],"next_cursor":null,"has_more":true}""");

        Assert.Equal(0, await run.RunAsync("queue", "list"));
        Assert.Contains("450 4.7.1 wait\uFFFD[2J", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
        Assert.Contains("2h", run.Output, StringComparison.Ordinal);
        Assert.Contains("There is more", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_key_is_printed_once_as_json_also_for_people()
    {
        using var run = new CommandRun().Running();
        run.Api.Answer("""{"id":"key_1","username":"a-1234","secret":"ekiden_live_x"}""");
        Assert.Equal(0, await run.RunAsync("key", "add", "a"));
        Assert.Equal("""{"id":"key_1","username":"a-1234","secret":"ekiden_live_x"}""", run.Output.Trim());
        Assert.DoesNotContain("ekiden_live_x", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quota_that_is_not_named_stays()
    {
        using var run = new CommandRun().Running();
        run.Api.Answer($$"""{"data":[{{Account}}],"next_cursor":null,"has_more":false}""").Answer(Account);

        Assert.Equal(0, await run.RunAsync("account", "quota", "A", "--rate", "2.5/s", "--hourly", "none"));
        Assert.Equal(
            "PUT http://127.0.0.1:18025/v1/accounts/A/quota {\"per_day\":5,\"per_hour\":null,\"per_second\":2.5}",
            run.Api.Requests[1]);
    }

    [Fact]
    public async Task The_quota_of_nobody_is_not_found()
    {
        using var run = new CommandRun().Running();
        run.Api.Answer("""{"data":[],"next_cursor":null,"has_more":false}""");
        Assert.Equal(1, await run.RunAsync("account", "quota", "nobody", "--daily", "5"));
        Assert.Contains("There is no account nobody", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_is_sent_with_the_text_of_standard_input_in_the_name_of_an_account()
    {
        using var run = new CommandRun { Input = Encoding.UTF8.GetBytes("本文\n") }.Running();
        run.Variables["EKIDEN_KEY"] = "ekiden_live_k";
        const string Sent =
            """{"id":"msg_1","status":"queued","stream":"transactional","recipients":[]}""";
        run.Api.Answer(Sent).Answer(Sent);

        string[] line =
            ["send", "--from", "a@a.example", "--to", "b@c.example", "--to", "d@e.example", "--subject", "件名"];
        Assert.Equal(0, await run.RunAsync(line));
        Assert.Equal("Bearer ekiden_live_k", run.Api.Headers["Authorization"]);
        using var request = JsonDocument.Parse(run.Api.Requests[0].Split(' ', 3)[2]);
        Assert.Equal("本文\n", request.RootElement.GetProperty("text").GetString());
        Assert.Equal(2, request.RootElement.GetProperty("to").GetArrayLength());

        Assert.Equal(0, await run.RunAsync([.. line, "--account", "acme"]));
        Assert.Equal("Bearer ekiden_admin_token", run.Api.Headers["Authorization"]);
        Assert.Equal("acme", run.Api.Headers["X-Ekiden-Account"]);
        Assert.Equal("msg_1 is queued\nmsg_1 is queued\n", run.Output);
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_sends_nothing()
    {
        using var run = new CommandRun().Running();
        string[] line = ["send", "--from", "a@a.example", "--to", "b@c.example", "--subject", "s"];
        Assert.Equal(1, await run.RunAsync(line));
        Assert.Equal(1, await run.RunAsync([.. line, "--body", "/nowhere/text"]));
        Assert.Empty(run.Api.Requests);
    }

    [Fact]
    public async Task Init_writes_settings_once()
    {
        using var run = new CommandRun();
        var folder = Path.Combine(run.DataDirectory, "new");
        Assert.Equal(0, await run.RunAsync("init", folder));
        var written = await File.ReadAllTextAsync(
            Path.Combine(folder, "ekiden.toml"), TestContext.Current.CancellationToken);
        Assert.Contains("[[listener]]", written, StringComparison.Ordinal);
        Assert.DoesNotContain("{host_name}", written, StringComparison.Ordinal);
        Assert.Equal(1, await run.RunAsync("init", folder));
    }

    [Fact]
    public async Task Help_is_no_mistake()
    {
        using var run = new CommandRun();
        Assert.Equal(0, await run.RunAsync("queue", "cancel", "--help"));
        Assert.Contains("--dry-run", run.Output, StringComparison.Ordinal);
    }
}
