using System.Text;
using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary><c>Idempotency-Key</c>: api.md §1, reliability K-R9 and its test T9.</summary>
/// <remarks>A server of its own: its accounting is compared, and others send to the shared one.</remarks>
public sealed class RepetitionTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Mail = """{"from":"s@a.test","to":"v@sink.test","text":"b"}""";

    [Fact]
    public async Task The_same_request_again_gets_the_first_answer_and_makes_no_second_mail()
    {
        var before = server.Server.Accounting.Accepted;
        var first = await SendAsync(Mail, "again");
        var second = await SendAsync(Mail, "again");
        Assert.Equal(202, first.Code);
        Assert.Equal(202, second.Code);
        Assert.Equal(first.Text, second.Text);
        Assert.False(first.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal("true", second.Header("Idempotency-Replayed"));
        Assert.Equal(before + 1, server.Server.Accounting.Accepted);
    }

    [Fact]
    public async Task Another_body_with_the_same_key_is_422()
    {
        await SendAsync(Mail, "reused");
        (await SendAsync(Mail.Replace("\"b\"", "\"c\"", StringComparison.Ordinal), "reused"))
            .IsProblem(422, "idempotency_key_reused");
    }

    [Fact]
    public async Task A_key_belongs_to_its_account()
    {
        var ours = await SendAsync(Mail, "mine");
        var theirs = await SendAsync(Mail.Replace("a.test", "b.test", StringComparison.Ordinal), "mine", server.KeyOfB);
        Assert.Equal(202, theirs.Code);
        Assert.NotEqual(ours.Text, theirs.Text);
    }

    [Fact]
    public async Task A_request_that_was_refused_may_come_again()
    {
        (await SendAsync("{", "refused")).IsProblem(400, "invalid_request");
        Assert.Equal(202, (await SendAsync(Mail, "refused")).Code);
    }

    [Theory]
    [InlineData(256, 202)]
    [InlineData(257, 400)]
    public async Task A_key_has_a_length(int length, int code) =>
        Assert.Equal(code, (await SendAsync(Mail, new string('k', length))).Code);

    [Fact]
    public async Task A_hundred_at_once_make_one_mail()
    {
        var before = server.Server.Accounting.Accepted;
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => SendAsync(Mail, "at-once")));
        Assert.Equal(before + 1, server.Server.Accounting.Accepted);
        Assert.All(answers, answer => Assert.True(answer.Code is 202 or 409, answer.Text));
        Assert.Single(answers.Where(answer => answer.Code == 202).Select(answer => answer.Text).Distinct());
        Assert.All(answers.Where(answer => answer.Code == 409), answer =>
            answer.IsProblem(409, "idempotency_in_progress"));
    }

    [Theory]
    [InlineData("/v1/messages/raw?from=s@a.test&to=v@sink.test", "message/rfc822", "From: <s@a.test>\r\n\r\nb\r\n")]
    public async Task A_finished_message_can_be_repeated_too(string path, string type, string body)
    {
        var answers = new List<string>();
        for (var time = 0; time < 2; time++)
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.ContentType = new(type);
            var answer = await server.AskAsync(
                HttpMethod.Post, path, server.KeyOfA, content, ("Idempotency-Key", "raw"));
            Assert.Equal(202, answer.Code);
            answers.Add(answer.Text);
        }
        Assert.Equal(answers[0], answers[1]);
    }

    private async Task<Answer> SendAsync(string json, string key, string? token = null)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        return await server.AskAsync(
            HttpMethod.Post, "/v1/messages", token ?? server.KeyOfA, content, ("Idempotency-Key", key));
    }
}
