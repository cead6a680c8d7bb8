using System.Text;
using System.Text.Json;
using Ekiden.Delivery.Security.MtaSts;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>The records and policies of tests/cases/mta-sts.</summary>
public sealed class StsSuiteTests
{
    public static TheoryData<string> Records(bool valid) => Cases(valid ? "record_valid" : "record_invalid");

    public static TheoryData<string> Policies(bool valid) => Cases(valid ? "policy_valid" : "policy_invalid");

    [Theory]
    [MemberData(nameof(Records), true)]
    public void A_record_of_the_grammar_is_read(string text) => Assert.True(StsRecord.TryParse(text, out _));

    [Theory]
    [MemberData(nameof(Records), false)]
    public void Another_record_is_not(string text) => Assert.False(StsRecord.TryParse(text, out _));

    [Theory]
    [MemberData(nameof(Policies), true)]
    public void A_policy_of_the_grammar_is_read(string text) =>
        Assert.True(StsPolicyParser.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));

    [Theory]
    [MemberData(nameof(Policies), false)]
    public void Another_policy_is_not(string text) =>
        Assert.False(StsPolicyParser.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));

    private static TheoryData<string> Cases(string part)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "cases", "mta-sts", "vectors.json");
        using var file = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. file.RootElement.GetProperty(part).EnumerateArray().Select(text => text.GetString()!)];
    }
}
