using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>Health and metrics need no key and give no details: api.md §11.</summary>
public sealed class HealthTests(RunningServer server)
{
    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public async Task A_healthy_server_says_ok_to_GET_and_HEAD(string path)
    {
        Assert.Equal("ok\n", (await server.GetAsync(path)).Text);
        Assert.Equal(200, (await server.AskAsync(HttpMethod.Head, path, null)).Code);
    }

    [Fact]
    public async Task The_metrics_have_queue_accounting_acceptance_outcomes_and_flushes()
    {
        var sent = await server.SendMailAsync("""{"from":"s@a.test","to":"v@metrics.test","text":"b"}""");
        Assert.Equal(202, sent.Code);
        foreach (var state in new[] { "waiting", "active", "deferred", "held" })
            Assert.NotNull(await server.MetricAsync($"ekiden_queue_recipients{{state=\"{state}\"}}"));
        Assert.Equal(0, await server.MetricAsync("ekiden_accounting_gap"));
        const string Accepted = "ekiden_messages_accepted_total{source=\"api\",stream=\"transactional\"}";
        Assert.True(await server.MetricAsync(Accepted) >= 1);
        Assert.True(await server.MetricAsync("ekiden_journal_flushes_total") >= 1);
        Assert.True(await server.MetricAsync("ekiden_recipients_accepted_total") >= 1);
        Assert.NotNull(await server.MetricAsync("ekiden_queue_oldest_seconds"));
    }

    [Fact]
    public async Task Another_server_in_the_process_neither_adds_to_the_metrics_nor_takes_them_away_when_it_ends()
    {
        await using (var other = new RunningServer())
        {
            await other.InitializeAsync();
            var sent = await other.SendMailAsync("""{"from":"s@a.test","to":"v@d.test","text":"b"}""");
            Assert.Equal(202, sent.Code);
            Assert.Equal(1, await other.MetricAsync("ekiden_recipients_accepted_total"));
        }
        Assert.NotNull(await server.MetricAsync("ekiden_queue_recipients{state=\"waiting\"}"));
    }

    [Fact]
    public async Task The_metrics_name_no_address_and_no_message()
    {
        await server.SendMailAsync("""{"from":"s@a.test","to":"secretive@private.test","text":"b"}""");
        var metrics = (await server.GetAsync("/metrics")).Text;
        Assert.DoesNotContain("private.test", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("secretive", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("msg_", metrics, StringComparison.Ordinal);
    }
}
