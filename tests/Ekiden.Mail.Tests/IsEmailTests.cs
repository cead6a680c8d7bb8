using System.Text.Json;

namespace Ekiden.Mail.Tests;

/// <summary>
/// The public is_email suite (data/isemail/README.md): an envelope takes the first three categories only.
/// </summary>
public sealed class IsEmailTests
{
    private static readonly string[] ValidInAnEnvelope =
        ["ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN", "ISEMAIL_RFC5321"];

    [Fact]
    public void An_envelope_takes_what_the_suite_calls_valid_and_nothing_else()
    {
        using var suite = JsonDocument.Parse(File.ReadAllBytes(
            Path.Combine(AppContext.BaseDirectory, "data", "isemail", "tests.given.json")));
        var wrong = new List<string>();
        foreach (var test in suite.RootElement.EnumerateArray())
        {
            var address = test.GetProperty("address").GetString()!; // every test has one
            var expected = ValidInAnEnvelope.Contains(test.GetProperty("category").GetString());
            if (Mailbox.TryParse(address, out _) != expected) wrong.Add($"{test.GetProperty("id")}: {address}");
        }

        Assert.Equal(66, suite.RootElement.GetArrayLength());
        Assert.Empty(wrong);
    }
}
