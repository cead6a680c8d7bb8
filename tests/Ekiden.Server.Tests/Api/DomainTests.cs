using System.Security.Cryptography;
using System.Text.Json;
using Ekiden.Server.Tests.Hosting;
using Ekiden.Server.Settings;

namespace Ekiden.Server.Tests.Api;

/// <summary>Domains and their keys over the API: api.md §7.</summary>
public sealed class DomainTests(RunningServer server)
{
    [Fact]
    public async Task A_domain_that_nobody_vouches_for_has_keys_that_wait()
    {
        var added = await PostAsync("", """{"account":"A","domain":"waits.test"}""");
        Assert.False(added.GetProperty("verified").GetBoolean());
        Assert.Equal(4, added.GetProperty("records").GetArrayLength());
        Assert.All(await KeysAsync("waits.test"), key => Assert.Equal("pending", Text(key, "status")));

        await PostAsync("", """{"account":"A","domain":"waits.test","trust":true}""");
        Assert.All(await KeysAsync("waits.test"), key => Assert.Equal("active", Text(key, "status")));
    }

    [Fact]
    public async Task New_keys_wait_beside_those_that_sign_and_trust_lets_them_follow()
    {
        await PostAsync("", """{"account":"A","domain":"rotates.test","trust":true}""");
        var first = await KeysAsync("rotates.test");
        var rotated = await PostAsync("/rotates.test/dkim/rotate", "{}");
        Assert.Equal(6, rotated.GetProperty("records").GetArrayLength());
        Assert.Equal(
            ["active", "active", "pending", "pending"],
            (await KeysAsync("rotates.test")).Select(key => Text(key, "status")));

        var again = await server.AskAsync(
            HttpMethod.Post, "/v1/domains/rotates.test/dkim/rotate", server.AdminToken, "{}");
        again.IsProblem(422, "invalid_request", "/domain");

        await PostAsync("/rotates.test/dkim/rotate", """{"trust":true}""");
        var last = await KeysAsync("rotates.test");
        Assert.Equal(["retired", "retired", "active", "active"], last.Select(key => Text(key, "status")));
        Assert.Equal(first.Select(key => Text(key, "selector")), last.Take(2).Select(key => Text(key, "selector")));
        Assert.Equal(["rsa", "ed25519"], last.Skip(2).Select(key => Text(key, "algorithm")));
    }

    [Fact]
    public async Task A_key_of_another_server_is_taken_over_under_its_selector()
    {
        using var rsa = RSA.Create(2048);
        var pem = JsonSerializer.Serialize(rsa.ExportRSAPrivateKeyPem());
        await PostAsync("", """{"account":"A","domain":"moved.test"}""");
        await PostAsync("/moved.test/dkim", $$"""{"selector":"mail2019","private_key":{{pem}},"trust":true}""");
        var keys = await KeysAsync("moved.test");
        Assert.Equal("active", Text(keys.Single(key => Text(key, "selector") == "mail2019"), "status"));
        // the generated RSA key was put aside, the Ed25519 key has no other of its kind
        Assert.Equal(1, keys.Count(key => Text(key, "status") == "retired"));
        var shown = await server.GetAsync("/v1/domains/moved.test", server.AdminToken);
        Assert.Contains(
            "v=DKIM1; k=rsa; p=" + Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo()),
            shown.Json.GetProperty("records").EnumerateArray().Select(record => Text(record, "value")));
        Assert.DoesNotContain("PRIVATE", shown.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s1", "no key", "/private_key")]
    [InlineData("s 1", "no key", "/selector")]
    public async Task What_is_no_key_is_not_taken(string selector, string text, string pointer)
    {
        var answer = await server.AskAsync(
            HttpMethod.Post, "/v1/domains/a.test/dkim", server.AdminToken,
            JsonSerializer.Serialize(new { selector, private_key = text }));
        answer.IsProblem(422, "invalid_request", pointer);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/health")]
    [InlineData("POST", "/verify")]
    public async Task A_domain_that_is_not_there_is_404(string method, string path) =>
        (await server.AskAsync(new HttpMethod(method), "/v1/domains/nobody.test" + path, server.AdminToken))
            .IsProblem(404, "not_found");

    [Fact]
    public async Task Its_health_is_for_the_operator() =>
        (await server.GetAsync("/v1/domains/a.test/health", server.KeyOfA)).IsProblem(403, "forbidden");

    [Fact]
    public void The_settings_say_how_mail_is_signed()
    {
        var settings = server.Settings("""
            [dkim]
            signature_lifetime = "7d"
            second_domain = "Relay.Example"
            rotate_every = "180d"
            """);
        Assert.Equal(
            new DkimSettings
            {
                SignatureLifetime = TimeSpan.FromDays(7),
                SecondDomain = "relay.example",
                RotateEvery = TimeSpan.FromDays(180),
            },
            settings.Dkim);
    }

    private async Task<JsonElement[]> KeysAsync(string domain) =>
        [.. (await server.GetAsync("/v1/domains/" + domain, server.AdminToken)).Json
            .GetProperty("keys").EnumerateArray()];

    private async Task<JsonElement> PostAsync(string path, string json)
    {
        var answer = await server.AskAsync(HttpMethod.Post, "/v1/domains" + path, server.AdminToken, json);
        Assert.True(answer.Code is 200 or 201, answer.Text);
        return answer.Json;
    }

    private static string? Text(JsonElement key, string name) => key.GetProperty(name).GetString();
}
