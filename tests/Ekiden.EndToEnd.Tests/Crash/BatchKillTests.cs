using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Crash;

/// <summary>
/// A batch over SIGKILL: every recipient is accounted for, and gets one mail, or one more where a final dot was on its
/// way (reliability P3).
/// </summary>
public sealed class BatchKillTests
{
    private const int Recipients = 3_000;

    private static readonly string[] Points = ["batch.before_commit:3", "batch.committed:3"];

    [Fact]
    public async Task Killed_again_and_again_a_batch_reaches_everybody()
    {
        await using var sink = FakeMx.Start();
        using var settings = new TestSettings($"""
            [[listener]]
            name = "relay"
            address = "127.0.0.1:0"
            role = "relay"
            tls = "none"
            [[route]]
            match = "*"
            hosts = ["{sink.Address}"]
            [delivery]
            retry = ["100ms"]
            """);
        var (tenant, id) = await HandInAsync(settings.File);
        foreach (var point in Points)
        {
            await using var server = await EkidenProcess.TryStartAsync(settings.File, point);
            if (server is null) continue; // the moment came during the start
            await server.WaitForExitAsync();
        }
        await using var last = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(last, settings.File);
        var batch = await WaitAsync(admin, id);
        Assert.Equal(Recipients, batch.GetProperty("counts").GetProperty("delivered").GetInt64());
        Assert.Equal(0, await admin.AccountingGapAsync());
        var arrived = sink.Messages.SelectMany(message => message.Recipients).ToArray();
        Assert.Equal(Recipients, arrived.Distinct(StringComparer.Ordinal).Count());
        // At most the mails whose final dot was on its way at a kill: 20 connections each time.
        Assert.InRange(arrived.Length, Recipients, Recipients + (20 * Points.Length));
        Assert.NotEmpty(tenant.Secret);
    }

    private static async Task<(Tenant Tenant, string Id)> HandInAsync(string settings)
    {
        await using var server = await EkidenProcess.StartAsync(settings);
        using var admin = new AdminClient(server, settings);
        var tenant = await Tenant.AddAsync(admin, "a", "a.test");
        var lines = new StringBuilder("""{"from":"s@a.test","subject":"{{n}}","text":"Dear {{n}}"}""").Append('\n');
        for (var line = 0; line < Recipients; line++)
        {
            lines.Append(
                CultureInfo.InvariantCulture, $"{{\"to\":\"v{line}@sink.test\",\"data\":{{\"n\":\"n{line}\"}}}}\n");
        }
        using var http = new HttpClient { BaseAddress = server.Http };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/batches", UriKind.Relative))
        {
            Content = new StringContent(lines.ToString(), Encoding.UTF8, "application/x-ndjson"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tenant.Secret);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        using var json = JsonDocument.Parse(text);
        Assert.Equal(Recipients, json.RootElement.GetProperty("accepted").GetInt64());
        await server.KillAsync();
        return (tenant, json.RootElement.GetProperty("id").GetString()!);
    }

    // Another process cannot be awaited: it is asked ten times a second.
    private static async Task<JsonElement> WaitAsync(AdminClient admin, string id)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            var batch = await admin.GetAsync("/v1/batches/" + id);
            if (batch.GetProperty("status").GetString() == "completed") return batch;
            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
