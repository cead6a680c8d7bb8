using System.Net;
using System.Text.Json;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>The vectors of kind sts in tests/cases/vectors.jsonl.</summary>
public sealed class StsVectorTests
{
    private static readonly Dictionary<string, JsonElement> Vectors = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "cases", "vectors.jsonl"))
        .Where(line => line.Contains("\"sts\"", StringComparison.Ordinal))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .ToDictionary(vector => vector.GetProperty("id").GetString()!);

    public static TheoryData<string> Ids => [.. Vectors.Keys];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task A_policy_counts_as_the_vector_says(string id)
    {
        var serve = Vectors[id].GetProperty("serve");
        using var world = new StsWorld();
        world.OnRequest = () =>
        {
            var answer = StsWorld.Text(Text(serve, "body") ?? "", Text(serve, "type") ?? "text/plain");
            answer.StatusCode = (HttpStatusCode)serve.GetProperty("status").GetInt32();
            if (Text(serve, "location") is { } location) answer.Headers.Location = new Uri(location);
            return answer;
        };
        var found = await world.FindAsync();
        Assert.Equal(
            Vectors[id].GetProperty("expect").GetProperty("policy_used").GetBoolean(), found.Policy is not null);
    }

    private static string? Text(JsonElement serve, string name) =>
        serve.TryGetProperty(name, out var value) ? value.GetString() : null;
}
