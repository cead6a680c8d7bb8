using System.Text;
using System.Text.Json;
using Ekiden.Testing;

namespace Ekiden.MailAuth.Tests.Arc;

/// <summary>The ValiMail suite for ARC: tests/data/arc-suite.</summary>
internal static class ArcSuite
{
    /// <summary>The cases of one of its files, by name.</summary>
    public static IReadOnlyDictionary<string, ArcCase> Read(string file)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "data", "arc-suite", file);
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var cases = new Dictionary<string, ArcCase>();
        foreach (var scenario in document.RootElement.EnumerateArray())
        {
            var zone = new FakeDnsZone();
            foreach (var record in scenario.GetProperty("txt-records").EnumerateObject())
                zone.Add(record.Name, new FakeDnsRecord("TXT", record.Value.ToString(), TimeSpan.FromMinutes(5)));
            foreach (var test in scenario.GetProperty("tests").EnumerateObject())
                cases[test.Name] = new ArcCase(zone, test.Value.Clone(), scenario.Clone());
        }
        return cases;
    }
}

/// <summary>A case: its zone, and what the suite says of it and of its scenario.</summary>
internal sealed record ArcCase(FakeDnsZone Zone, JsonElement Test, JsonElement Scenario)
{
    /// <summary>The message as it is on the wire.</summary>
    public byte[] Message => Encoding.UTF8.GetBytes(Text("message").ReplaceLineEndings("\r\n"));

    /// <summary>A text of the case; empty when it has none.</summary>
    public string Text(string name) => Test.TryGetProperty(name, out var value) ? value.ToString() : "";
}
