using System.Text;
using System.Text.Json;

namespace Ekiden.EndToEnd.Tests.Vectors;

/// <summary>The log vectors: whatever a client says stays inside its field of one valid record.</summary>
public sealed class LogVectorTests(VectorServer server) : IClassFixture<VectorServer>
{
    public static string[] Ids { get; } = ["L-03", "L-04"];

    [Fact]
    public async Task A_user_name_cannot_forge_a_record()
    {
        var value = Vector.Of("L-03").Text("value");
        await using var client = await RawSmtp.ConnectAsync(server.Process.Listener("clear"));
        await client.ExpectAsync("220");
        await client.AskAsync("EHLO x", "250");
        await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{value}\0wrong")),
            "535");
        await CheckAsync(client, value);
    }

    [Fact]
    public async Task A_hello_name_cannot_break_a_record()
    {
        var value = Vector.Of("L-04").Text("value");
        await using var client = await RawSmtp.ConnectAsync(server.Process.Listener("clear"));
        await client.ExpectAsync("220");
        await client.SendAsync($"EHLO {value}\r\n");
        await client.ReadReplyAsync();
        await CheckAsync(client, value);
        Assert.Single(
            server.Process.Log, line => line.Contains("\"event\":\"HelloRefused\"", StringComparison.Ordinal));
    }

    // Every line is JSON of its own, and none holds the raw value. One more session, refused, is the fence: when its
    // record is there, those before it are.
    private async Task CheckAsync(RawSmtp client, string value)
    {
        await client.SendAsync("QUIT\r\n");
        await client.ReadReplyAsync();
        await using var fence = await RawSmtp.ConnectAsync(server.Process.Listener("clear"));
        await fence.ExpectAsync("220");
        await fence.AskAsync("EHLO fence", "250");
        await fence.AskAsync("AUTH PLAIN " + server.TenantA.Credential, "235");
        await fence.AskAsync("MAIL FROM:<s@a.test>", "250");
        await fence.AskAsync("RCPT TO:<v@sink.test>", "250");
        await fence.AskAsync("DATA", "354");
        await fence.AskAsync(Vector.Header + "b\r\n.", "250");
        await server.Process.WaitForLogAsync("\"event\":\"accepted\"");
        Assert.All(server.Process.Log, line =>
        {
            using var json = JsonDocument.Parse(line);
            Assert.Equal(JsonValueKind.Object, json.RootElement.ValueKind);
            Assert.DoesNotContain(value, line, StringComparison.Ordinal);
            Assert.NotEqual("forged", json.RootElement.TryGetProperty("msg", out var msg) ? msg.GetString() : null);
        });
    }
}
