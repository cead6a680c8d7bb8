using Ekiden.Directory;
using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>
/// Mail that is checked, stored and reported, and never leaves: test keys, sandbox, addresses of choice.
/// </summary>
/// <remarks>A server of its own: its accounting is compared, and others send to the shared one.</remarks>
public sealed class SandboxTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_test_key_says_so_and_its_mail_ends_at_once()
    {
        var key = await server.AddKeyAsync("A", KeyScopes.Send | KeyScopes.Test);
        Assert.StartsWith("ekiden_test_", key.Secret, StringComparison.Ordinal);
        await EndsAsync(Mail("v@sink.test", ""), key.Secret, delivered: 1);
    }

    [Fact]
    public Task A_mail_in_the_sandbox_is_delivered_to_nobody() =>
        EndsAsync(Mail("v@sink.test", ",\"sandbox\":true"), server.KeyOfA, delivered: 1);

    [Theory]
    [InlineData("deliver@sandbox.invalid", 1, 0)]
    [InlineData("deliver+7@sandbox.invalid", 1, 0)]
    [InlineData("bounce@sandbox.invalid", 0, 1)]
    [InlineData("complain@sandbox.invalid", 1, 0)]
    public Task An_address_chooses_its_fate(string to, int delivered, int failed) =>
        EndsAsync(Mail(to, ""), server.KeyOfA, delivered, failed);

    [Fact]
    public async Task An_address_that_defers_waits_for_the_next_attempt()
    {
        var sent = await server.SendMailAsync(Mail("defer@sandbox.invalid", ""));
        var shown = await server.GetAsync("/v1/messages/" + sent.Json.GetProperty("id").GetString(), server.KeyOfA);
        var recipient = shown.Json.GetProperty("recipients")[0];
        Assert.Equal("deferred", recipient.GetProperty("state").GetString());
        Assert.StartsWith("450 4.2.1", recipient.GetProperty("last_reply").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_may_do_nothing_but_test_is_refused() =>
        Assert.IsType<DirectoryResult<IssuedKey>.Invalid>(
            await server.Server.Directory.AddKeyAsync("A", KeyScopes.Test, null, RunningServer.Cancel));

    private static string Mail(string to, string more) =>
        $$"""{"from":"s@a.test","to":"{{to}}","text":"b"{{more}}}""";

    private async Task EndsAsync(string mail, string key, int delivered, int failed = 0)
    {
        var before = server.Server.Accounting;
        var answer = await server.SendMailAsync(mail, key);
        Assert.True(answer.Code == 202, answer.Text);
        var after = server.Server.Accounting;
        Assert.Equal(delivered, after.Delivered - before.Delivered);
        Assert.Equal(failed, after.Failed - before.Failed);
        Assert.Equal(before.Waiting, after.Waiting);
        Assert.Equal(0, after.Gap);
    }
}
