using System.Text;
using CsCheck;
using Ekiden.MailAuth.Arc;
using Ekiden.Testing;

namespace Ekiden.MailAuth.Tests.Arc;

public sealed class ArcVerifierTests
{
    private static readonly IReadOnlyDictionary<string, ArcCase> Cases =
        ArcSuite.Read("arc-draft-validation-tests.given.json");

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_suite_is_answered_as_it_expects(string name)
    {
        var test = Cases[name];
        var verifier = new ArcVerifier(new FakeResolver(test.Zone));
        var verdict = await verifier.VerifyAsync(test.Message, TestContext.Current.CancellationToken);
        var expected = test.Text("cv");
        if (expected.Length == 0) Assert.NotEqual(ArcResult.Pass, verdict.Result);
        else Assert.Equal(expected, verdict.Result.ToString());
        Assert.Equal(verdict.Result == ArcResult.Pass, verdict.Why is null);
    }

    [Fact]
    public void Chains_of_any_fields_give_a_verdict()
    {
        var message = Encoding.Latin1.GetString(Cases["cv_pass_i2_1"].Message);
        var lines = message.Split("\r\n");
        var verifier = new ArcVerifier(new FakeResolver(Cases["cv_pass_i2_1"].Zone));
        var passed = 0;
        Gen.Select(Gen.Int[0, lines.Length - 1], Gen.Int[0, lines.Length - 1], Gen.Int[0, 3]).Sample(
            (from, to, how) =>
            {
                var mixed = lines.ToList();
                if (how == 0) mixed.RemoveAt(from);
                else if (how == 1) mixed.Insert(to, lines[from]);
                else if (how == 2) mixed[from] = lines[to];
                else mixed[from] = lines[from].Replace('=', '\0');
                var bytes = Encoding.Latin1.GetBytes(string.Join("\r\n", mixed));
                var verdict = verifier.VerifyAsync(bytes, CancellationToken.None).GetAwaiter().GetResult();
                if (verdict.Result == ArcResult.Pass) Interlocked.Increment(ref passed);
                return true;
            },
            iter: 5_000);
        Assert.NotEqual(0, passed); // what is not signed may move
    }
}
