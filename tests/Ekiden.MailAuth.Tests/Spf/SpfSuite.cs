using System.Text.Json;
using Ekiden.Testing;

namespace Ekiden.MailAuth.Tests.Spf;

/// <summary>The openspf.org suite for RFC 7208 (tests/data/spf-rfc7208): zones, and what is asked in them.</summary>
internal static class SpfSuite
{
    private static readonly string[] Types = ["TXT", "A", "AAAA", "MX", "PTR"];

    /// <summary>Every case, by scenario and name.</summary>
    public static IReadOnlyDictionary<string, SpfCase> Cases { get; } = Read().ToDictionary(test => test.Name);

    private static IEnumerable<SpfCase> Read()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "data", "spf-rfc7208", "rfc7208-tests.given.json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (var scenario in document.RootElement.EnumerateArray())
        {
            var zone = scenario.GetProperty("zonedata").Clone();
            foreach (var test in scenario.GetProperty("tests").EnumerateObject())
            {
                yield return new SpfCase(
                    $"{scenario.GetProperty("description")}: {test.Name}",
                    zone,
                    test.Value.GetProperty("host").ToString(),
                    test.Value.GetProperty("helo").ToString(),
                    test.Value.GetProperty("mailfrom").ToString(),
                    Words(test.Value.GetProperty("result")),
                    test.Value.TryGetProperty("explanation", out var text) ? text.ToString() : null);
            }
        }
    }

    /// <summary>The zone as the suite means it; <paramref name="silence"/> is what its TIMEOUT becomes.</summary>
    public static FakeDnsZone Zone(JsonElement data, string silence)
    {
        var zone = new FakeDnsZone();
        foreach (var name in data.EnumerateObject())
        {
            var records = name.Value.EnumerateArray().Where(record => record.ValueKind == JsonValueKind.Object)
                .Select(record => record.EnumerateObject().Single()).ToList();
            foreach (var record in records) Add(zone, name.Name, record.Name, record.Value);
            // an SPF record is served as TXT too, unless the name says what its TXT records are
            if (!records.Exists(record => record.Name == "TXT"))
            {
                foreach (var record in records.Where(record => record.Name == "SPF"))
                    Add(zone, name.Name, "TXT", record.Value);
            }
            if (!name.Value.EnumerateArray().Any(record => record.ValueKind == JsonValueKind.String)) continue;
            foreach (var type in Types.Where(type => zone.Find(name.Name).All(known => known.Type != type)))
                zone.Add(name.Name, new FakeDnsRecord(type, silence, TimeSpan.Zero));
        }
        return zone;
    }

    private static void Add(FakeDnsZone zone, string name, string type, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String && value.GetString() == "NONE") return;
        var data = value.ValueKind == JsonValueKind.Array
            ? string.Join(type == "MX" ? " " : "", value.EnumerateArray())
            : value.ToString();
        zone.Add(name, new FakeDnsRecord(type, data, TimeSpan.FromMinutes(5)));
    }

    private static string[] Words(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select(word => word.ToString())]
        : [value.ToString()];
}

/// <summary>One question, and the answers that are right.</summary>
internal sealed record SpfCase(
    string Name, JsonElement Zone, string Client, string Helo, string Sender, string[] Results, string? Explanation);
