using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ekiden.MailAuth.Dkim;
using Ekiden.Testing;

namespace Ekiden.MailAuth.Tests.Dkim;

/// <summary>Messages and keys of other implementations: tests/data/dkim.</summary>
public sealed class DkimCaseTests
{
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "data", "dkim");

    public static TheoryData<string> Names =>
        [.. new DirectoryInfo(Path.Combine(Data, "chasquid")).GetFiles("*.result").Select(file => file.Name[..^7])];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_case_of_another_verifier_ends_as_there(string name)
    {
        var file = Path.Combine(Data, "chasquid", name);
        using var expected = JsonDocument.Parse(Text(file + ".result"));
        var zone = File.Exists(file + ".dns") ? Zone(Text(file + ".dns")) : new FakeDnsZone();
        var message = Wire(Bytes(file + ".msg"));

        var verdicts = await VerifyAsync(zone, message);

        var states = expected.RootElement.GetProperty("Results").EnumerateArray().ToList();
        Assert.Equal(states.Count, verdicts.Length);
        foreach (var (state, verdict) in states.Zip(verdicts))
        {
            // reliability J-R5: what is signed with l= does not pass here, however right it is
            var field = state.GetProperty("SignatureHeader").GetString()!;
            var hasLength = Regex.IsMatch(field, @"[;\s]l\s*=");
            var right = hasLength ? DkimResult.Policy : DkimResult.Pass;
            if (state.GetProperty("State").GetString() == "SUCCESS") Assert.Equal(right, verdict.Result);
            else Assert.Equal(DkimResult.PermError, verdict.Result);
        }
    }

    // The mail of RFC 6376's and RFC 8463's appendices in simple form, with the keys of those.
    [Fact]
    public async Task The_example_of_the_RFCs_verifies_in_simple_form()
    {
        var zone = Zone(Text(Path.Combine(Data, "chasquid", "01-rfc8463.dns")));
        var message = Wire(Bytes(Path.Combine(Data, "dkimpy", "rfc6376.signed.msg")));
        var verdicts = await VerifyAsync(zone, message);
        Assert.Equal([DkimResult.Pass, DkimResult.Pass], verdicts.Select(verdict => verdict.Result));
    }

    [Theory]
    [InlineData("test.txt", null)]
    [InlineData("test_bad.txt", "the key cannot be used (p=)")]
    [InlineData("badk.txt", "the key is of a kind that is not known (k=)")]
    [InlineData("badversion.txt", "the key record cannot be read")]
    public void A_faulty_key_record_is_a_permanent_error(string file, string? why)
    {
        var record = (File.ReadAllText(Path.Combine(Data, "dkimpy", file))).Trim();
        if (!KeyRecord.TryParse(record, out var key, out var mistake))
        {
            Assert.Equal(why, mistake);
            return;
        }
        var verdict = PublicKey.Verify(key, new byte[32], new byte[128]);
        var expected = why is null ? DkimResult.Fail : DkimResult.PermError;
        Assert.Equal(expected, verdict.Result);
    }

    internal static async Task<DkimVerdict[]> VerifyAsync(FakeDnsZone zone, byte[] message)
    {
        var verifier = new DkimVerifier(new FakeResolver(zone), TimeProvider.System);
        return [.. await verifier.VerifyAsync(message, TestContext.Current.CancellationToken)];
    }

    internal static byte[] Wire(byte[] text) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(text).ReplaceLineEndings("\r\n"));

    private static string Text(string path) => File.ReadAllText(path);

    private static byte[] Bytes(string path) => File.ReadAllBytes(path);

    private static FakeDnsZone Zone(string text)
    {
        var zone = new FakeDnsZone();
        var lines = Regex.Replace(text, @"\\\n\s*", "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines)
        {
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            var value = line[(colon + 2)..];
            zone.Add(line[..colon], new FakeDnsRecord(
                value == "TEMPERROR" ? "*" : "TXT", value == "TEMPERROR" ? "!SERVFAIL" : value, TimeSpan.Zero));
        }
        return zone;
    }
}
