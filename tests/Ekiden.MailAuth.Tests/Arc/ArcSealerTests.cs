using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Arc;
using Ekiden.MailAuth.Dkim;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.MailAuth.Tests.Arc;

public sealed class ArcSealerTests
{
    private const string Letter = "From: a@d.test\r\nTo: b@x.test\r\nSubject: A letter\r\n\r\nHello\r\n";

    private static readonly IReadOnlyDictionary<string, ArcCase> Cases =
        ArcSuite.Read("arc-draft-sign-tests.given.json");

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_message_of_the_suite_is_sealed_as_it_expects(string name)
    {
        var test = Cases[name];
        var rsa = RSA.Create();
        rsa.ImportFromPem(test.Scenario.GetProperty("privatekey").ToString());
        using var key = new DkimKey(rsa);
        var identity = new DkimIdentity(
            test.Scenario.GetProperty("domain").ToString(), test.Scenario.GetProperty("sel").ToString(), key);
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(long.Parse(test.Text("t"))));
        var chain = await new ArcVerifier(new FakeResolver(test.Zone)).VerifyAsync(
            test.Message, TestContext.Current.CancellationToken);

        var authority = test.Text("srv-id");
        var header = HeaderBlock.Read(test.Message);
        var output = new ArrayBufferWriter<byte>();
        Assert.True(new ArcSealer(identity, authority, clock).TrySeal(
            header, SigningPlan.Of(test.Text("sig-headers").Split(':')), Hash(test.Message),
            (Results(header, authority), chain), output));

        var fields = HeaderBlock.Read(output.WrittenMemory);
        // a seal covers the blanks in the message signature, which are ours: all but its value must be as expected
        Assert.Equal(Tags(test.Text("AS"))[2..], Tags(Value(fields, "ARC-Seal"u8))[2..]);
        var verdict = await new ArcVerifier(new FakeResolver(test.Zone)).VerifyAsync(
            (byte[])[.. output.WrittenSpan, .. test.Message], TestContext.Current.CancellationToken);
        Assert.Equal(chain.Result == ArcResult.Fail ? ArcResult.Fail : ArcResult.Pass, verdict.Result);
        Assert.Equal(Tags(test.Text("AMS")), Tags(Value(fields, "ARC-Message-Signature"u8)));
        Assert.Equal(Tags(test.Text("AAR")), Tags(Value(fields, "ARC-Authentication-Results"u8)));
    }

    [Fact]
    public async Task Seal_upon_seal_makes_a_chain_that_ends_at_fifty()
    {
        using var world = new World();
        var message = Encoding.Latin1.GetBytes(Letter);
        for (var i = 1; i <= 50; i++)
        {
            message = world.Seal(message, await world.VerifyAsync(message));
            var verdict = await world.VerifyAsync(message);
            Assert.Equal((ArcResult.Pass, i, "d.test"), (verdict.Result, verdict.Instances, verdict.Sealer));
        }
        Assert.False(world.TrySeal(message, await world.VerifyAsync(message), new ArrayBufferWriter<byte>()));
    }

    [Theory]
    [InlineData("Hello", "Hullo")]
    [InlineData("A letter", "B letter")]
    [InlineData("cv=none", "cv=pass")]
    [InlineData("dkim=pass", "dkim=fail")]
    [InlineData("i=1", "i=2")]
    [InlineData("ARC-Seal", "X-Seal")]
    public async Task A_change_breaks_the_chain(string before, string after)
    {
        using var world = new World();
        var sealed1 = world.Seal(Encoding.Latin1.GetBytes(Letter), new ArcVerdict(ArcResult.None, null, 0));
        Assert.Equal(ArcResult.Pass, (await world.VerifyAsync(sealed1)).Result);
        var changed = Encoding.Latin1.GetString(sealed1).Replace(before, after, StringComparison.Ordinal);
        Assert.Equal(ArcResult.Fail, (await world.VerifyAsync(Encoding.Latin1.GetBytes(changed))).Result);
    }

    // RFC 8617 §5.1.2 and §5.1.1.3: a broken chain is marked once, and then closed.
    [Fact]
    public async Task A_broken_chain_is_sealed_as_broken_and_then_no_more()
    {
        using var world = new World();
        var message = world.Seal(Encoding.Latin1.GetBytes(Letter), new ArcVerdict(ArcResult.None, null, 0));
        message[^3] ^= 1;
        var broken = await world.VerifyAsync(message);
        Assert.Equal((ArcResult.Fail, false), (broken.Result, broken.IsClosed));
        var marked = world.Seal(message, broken);
        Assert.Contains("cv=fail", Encoding.Latin1.GetString(marked), StringComparison.Ordinal);
        var closed = await world.VerifyAsync(marked);
        Assert.Equal((ArcResult.Fail, true), (closed.Result, closed.IsClosed));
        Assert.False(world.TrySeal(marked, closed, new ArrayBufferWriter<byte>()));
    }

    private static byte[] Hash(byte[] message)
    {
        using var hash = new RelaxedBodyHash();
        hash.Append(message.AsSpan(HeaderBlock.Read(message).BodyOffset));
        return hash.Finish();
    }

    // What the suite's messages say they were found to be: all fields of that authority as one.
    private static string Results(in HeaderBlock header, string authority)
    {
        var found = new List<string>();
        foreach (var field in header)
        {
            if (!field.Is("Authentication-Results"u8)) continue;
            var parts = field.Unfold().Split(';', 2);
            if (parts[0].Trim() == authority) found.Add(parts[1].Trim().TrimEnd(';'));
        }
        return $"{authority}; {string.Join("; ", found)}";
    }

    private static string Value(in HeaderBlock header, ReadOnlySpan<byte> name) =>
        header.TryFind(name, out var field) ? field.Unfold() : "";

    private static string[] Tags(string list) =>
        [.. list.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(tag => string.Concat(tag.Where(c => c > ' ')))
            .Where(tag => tag.Length > 0)];

    /// <summary>A sealer, and the zone with its key.</summary>
    private sealed class World : IDisposable
    {
        private readonly DkimKey _key = DkimKey.Generate(DkimAlgorithm.Ed25519Sha256); // short: fifty sets fit
        private readonly FakeResolver _resolver = new(new FakeDnsZone());

        public World() => _resolver.Zone.Add(
            "s._domainkey.d.test", new FakeDnsRecord("TXT", _key.PublicRecord, TimeSpan.FromMinutes(5)));

        public Task<ArcVerdict> VerifyAsync(byte[] message) =>
            new ArcVerifier(_resolver).VerifyAsync(message, TestContext.Current.CancellationToken);

        public byte[] Seal(byte[] message, ArcVerdict chain)
        {
            var output = new ArrayBufferWriter<byte>();
            Assert.True(TrySeal(message, chain, output));
            return [.. output.WrittenSpan, .. message];
        }

        public bool TrySeal(byte[] message, ArcVerdict chain, ArrayBufferWriter<byte> output)
        {
            var sealer = new ArcSealer(new DkimIdentity("d.test", "s", _key), "mx.test", TimeProvider.System);
            var findings = new AuthenticationFindings { Arc = chain, Dkim = [new DkimVerdict(DkimResult.Pass, null)] };
            return sealer.TrySeal(HeaderBlock.Read(message), Hash(message), findings, output);
        }

        public void Dispose() => _key.Dispose();
    }
}
