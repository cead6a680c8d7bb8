using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Ekiden.EndToEnd.Tests;

/// <summary>An account with a key, and a domain that it may send from.</summary>
/// <param name="Account">Its name.</param>
/// <param name="Username">Of the key, for SMTP.</param>
/// <param name="Secret">Of the key: SMTP password and bearer token.</param>
public sealed record Tenant(string Account, string Username, string Secret)
{
    /// <summary>What AUTH PLAIN takes.</summary>
    public string Credential => Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{Username}\0{Secret}"));

    /// <summary>Makes one, by the API.</summary>
    public static async Task<Tenant> AddAsync(AdminClient admin, string name, string domain)
    {
        await PostAsync(admin, "/v1/accounts", new { name });
        await PostAsync(admin, "/v1/domains", new { account = name, domain, trust = true });
        var key = await PostAsync(admin, "/v1/api-keys", new { account = name });
        return new Tenant(name, key.GetProperty("username").GetString()!, key.GetProperty("secret").GetString()!);
    }

    private static async Task<JsonElement> PostAsync(AdminClient admin, string path, object body)
    {
        using var answer = await admin.Http.PostAsJsonAsync(
            new Uri(path, UriKind.Relative), body, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        using var json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }
}
