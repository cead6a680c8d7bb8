using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Crash;

/// <summary> A request with an Idempotency-Key, repeated over SIGKILL: one mail, whatever the moment (reliability K-R9,
/// K-T9, P4).
/// </summary>
public sealed class RepeatedRequestTests
{
    private const string Mail = """{"from":"s@a.test","to":"v@sink.test","text":"b"}""";

    [Theory]
    [InlineData("request.promised:1")]
    [InlineData("request.committed:1")]
    public async Task Killed_in_its_middle_a_request_is_done_once(string point)
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
            """);
        Tenant tenant;
        var server = await EkidenProcess.TryStartAsync(settings.File, point);
        Assert.NotNull(server);
        await using (server)
        {
            using var admin = new AdminClient(server, settings.File);
            tenant = await Tenant.AddAsync(admin, "a", "a.test");
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => SendAsync(server, tenant));
            await server.WaitForExitAsync();
        }
        await using var again = await EkidenProcess.StartAsync(settings.File);
        using var operatorAgain = new AdminClient(again, settings.File);
        var first = await SendAsync(again, tenant);
        var second = await SendAsync(again, tenant);
        Assert.Equal(HttpStatusCode.Accepted, first.Status);
        Assert.Equal(first, second);
        await operatorAgain.WaitUntilEmptyAsync();
        Assert.Single(sink.Messages);
    }

    private static async Task<(HttpStatusCode Status, string Text)> SendAsync(EkidenProcess server, Tenant tenant)
    {
        using var http = new HttpClient { BaseAddress = server.Http };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/messages", UriKind.Relative))
        {
            Content = new StringContent(Mail, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tenant.Secret);
        request.Headers.Add("Idempotency-Key", "once");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
