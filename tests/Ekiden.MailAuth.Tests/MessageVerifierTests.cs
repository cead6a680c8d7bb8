using System.Net;
using System.Text;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Arc;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Dmarc;
using Ekiden.MailAuth.Spf;
using Ekiden.MailAuth.Tests.Interop;
using Ekiden.Testing;

namespace Ekiden.MailAuth.Tests;

public sealed class MessageVerifierTests : IDisposable
{
    private readonly DkimKey _key = DkimKey.Generate(DkimAlgorithm.Ed25519Sha256);

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Everything_is_found_however_the_body_is_cut(int size)
    {
        var verifier = Verifier();
        var message = SignedLetters.Sign("From: a@mail.d.test\r\n\r\nHello  there \r\n\r\n"u8.ToArray(), _key);
        var header = HeaderBlock.Read(message);
        using var verification = verifier.Begin(header);
        for (var at = header.BodyOffset; at < message.Length; at += size)
            verification.AppendBody(message.AsSpan(at, Math.Min(size, message.Length - at)));
        var spf = await verifier.CheckSpfAsync(
            new SpfRequest(IPAddress.Parse("192.0.2.1"), "helo.test", "b@other.test"),
            TestContext.Current.CancellationToken);
        var findings = await verification.FinishAsync(spf, TestContext.Current.CancellationToken);

        Assert.Equal(SpfResult.Pass, findings.Spf!.Result);
        Assert.Equal(DkimResult.Pass, Assert.Single(findings.Dkim).Result);
        Assert.Equal(ArcResult.None, findings.Arc!.Result);
        Assert.Equal(DmarcResult.Pass, findings.Dmarc!.Result);
        Assert.Equal((false, true), (findings.Dmarc.IsSpfAligned, findings.Dmarc.IsDkimAligned));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    [InlineData("\r\n\r\nbody")]
    [InlineData("From")]
    [InlineData("From:")]
    [InlineData(" From: a@d.test\r\n")]
    [InlineData("DKIM-Signature:\r\nARC-Seal:\r\nARC-Message-Signature: i=1\r\nFrom: \0")]
    [InlineData("no header at all")]
    public async Task A_message_that_is_hardly_one_has_findings_too(string message)
    {
        var findings = await Verifier().VerifyAsync(
            Encoding.Latin1.GetBytes(message), null, TestContext.Current.CancellationToken);
        Assert.NotEqual(DmarcResult.Pass, findings.Dmarc!.Result);
        Assert.NotEqual(ArcResult.Pass, findings.Arc!.Result);
        Assert.All(findings.Dkim, verdict => Assert.Equal(DkimResult.PermError, verdict.Result));
        Assert.EndsWith("\r\n", AuthenticationResults.Format("mx.test", findings));
    }

    [Fact]
    public async Task Random_bytes_have_findings_too()
    {
        var verifier = Verifier();
        var random = new Random(1);
        var letter = SignedLetters.Sign(VariedLetters.Of(1), _key);
        for (var i = 0; i < 2000; i++)
        {
            var message = letter.ToArray();
            for (var changes = random.Next(20); changes >= 0; changes--)
                message[random.Next(message.Length)] = (byte)random.Next(256);
            var cut = message.AsMemory(random.Next(2) * random.Next(message.Length));
            var findings = await verifier.VerifyAsync(cut, null, TestContext.Current.CancellationToken);
            Assert.NotNull(findings.Dmarc);
        }
    }

    private MessageVerifier Verifier()
    {
        var resolver = new FakeResolver(
            "other.test TXT v=spf1 ip4:192.0.2.1 -all", "_dmarc.d.test TXT v=DMARC1; p=reject",
            $"ed._domainkey.d.test TXT {_key.PublicRecord}");
        return new MessageVerifier(resolver, TimeProvider.System, "mx.test");
    }
}
