using System.Buffers;
using System.Text;
using CsCheck;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.MailAuth.Tests.Dkim;

public sealed class DkimSignerTests
{
    private const string Letter = "From: a@d.test\r\nTo: b@x.test\r\nSubject: A letter\r\n\r\nHello\r\n";

    private static readonly DkimKey Rsa = DkimKey.Generate(DkimAlgorithm.RsaSha256);
    private static readonly DkimKey Ed25519 = DkimKey.Generate(DkimAlgorithm.Ed25519Sha256);

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));

    [Fact]
    public async Task What_is_signed_verifies_with_both_algorithms()
    {
        var verdicts = await VerifyAsync(Sign(Letter));
        Assert.Equal([DkimResult.Pass, DkimResult.Pass], verdicts.Select(verdict => verdict.Result));
        Assert.Equal(["rsa-sha256", "ed25519-sha256"], verdicts.Select(verdict => verdict.Algorithm));
        Assert.All(verdicts, verdict => Assert.Equal("d.test", verdict.Domain));
    }

    [Fact]
    public void A_signature_field_says_what_it_should_and_never_l()
    {
        var field = Sign(Letter)[..^Letter.Length];
        Assert.StartsWith("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n\td=d.test; s=rsa;\r\n", field);
        Assert.Contains("\tt=1700000000;", field, StringComparison.Ordinal);
        Assert.DoesNotContain("x=1", field, StringComparison.Ordinal);
        Assert.DoesNotContain("l=", field, StringComparison.Ordinal);
        Assert.All(field.Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
        Assert.EndsWith("\r\n", field);
    }

    [Theory]
    [InlineData(0, DkimResult.Pass)]
    [InlineData(604_799, DkimResult.Pass)]
    [InlineData(604_800, DkimResult.Policy)]
    public async Task A_signature_can_expire(int seconds, DkimResult result)
    {
        var signed = Sign(Letter, TimeSpan.FromDays(7));
        Assert.Contains("t=1700000000; x=1700604800;", signed, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        Assert.All(await VerifyAsync(signed), verdict => Assert.Equal(result, verdict.Result));
    }

    // Reliability J-R2: none of these can be added, and none that is there can be changed.
    [Theory]
    [InlineData("From: x@b.test")]
    [InlineData("Sender: x@b.test")]
    [InlineData("Reply-To: x@b.test")]
    [InlineData("Subject: another")]
    [InlineData("Date: Thu, 1 Jan 1970 00:00:00 +0000")]
    [InlineData("To: x@b.test")]
    [InlineData("Cc: x@b.test")]
    [InlineData("Message-ID: <x@b.test>")]
    [InlineData("MIME-Version: 1.0")]
    [InlineData("Content-Type: text/html")]
    [InlineData("Content-Transfer-Encoding: base64")]
    [InlineData("List-Unsubscribe: <https://b.test/>")]
    [InlineData("List-Unsubscribe-Post: List-Unsubscribe=One-Click")]
    public async Task A_field_that_is_added_later_breaks_the_signature(string field)
    {
        var signed = Sign($"{field}\r\n{Letter}");
        var added = signed.Replace("To: b@x.test", $"{field}\r\nTo: b@x.test", StringComparison.Ordinal);
        Assert.All(await VerifyAsync(added), verdict => Assert.Equal(DkimResult.Fail, verdict.Result));
    }

    [Theory]
    [InlineData("Received: from x by y; Thu, 1 Jan 1970 00:00:00 +0000")]
    [InlineData("X-Anything: at all")]
    [InlineData("DKIM-Signature: v=1; a=rsa-sha256; d=b.test; s=s; h=from; bh=; b=")]
    public async Task Trace_fields_may_be_added(string field)
    {
        var verdicts = await VerifyAsync($"{field}\r\n{Sign(Letter)}");
        Assert.Equal(2, verdicts.Count(verdict => verdict.Result == DkimResult.Pass));
    }

    [Fact]
    public void A_message_without_From_is_not_signed()
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.False(TrySign("To: b@x.test\r\n\r\n", output, null));
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public async Task One_key_signs_on_many_threads()
    {
        var signed = new string[200];
        Parallel.For(0, signed.Length, i => signed[i] = Sign($"Subject: {i}\r\n{Letter}"));
        foreach (var message in signed)
            Assert.All(await VerifyAsync(message), verdict => Assert.Equal(DkimResult.Pass, verdict.Result));
    }

    [Fact]
    public void Whatever_is_signed_verifies()
    {
        string[] pieces =
        [
            "From: a@d.test\r\n", "From:\t a@d.test  \r\n", "SUBJECT : x\r\n", "Subject: \r\n  folded \r\n\tagain\r\n",
            "To:\r\n", "X-Other: y\r\n", "List-Id:  <l.d.test>\r\n", "References: <a>\r\n <b>\r\n", "Cc: c,\r\n d\r\n",
            "Content-Type: text/plain;\r\n\tcharset=\"x\"\r\n", "Subject: 8-bit \xE9\xFF\r\n", "Date: \0 now\r\n",
        ];
        string[] lines = ["", " ", "a", "a  b\t", "\t", ".", "\xE9\xFF", "\0", new string('x', 998)];
        var header = Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[0, 8];
        var body = Gen.Int[0, lines.Length - 1].Select(i => lines[i] + "\r\n").Array[0, 8];
        Gen.Select(header, body).Sample(
            (fields, text) =>
            {
                var message = $"From: a@d.test\r\n{string.Concat(fields)}\r\n{string.Concat(text)}";
                var verdicts = VerifyAsync(Sign(message)).GetAwaiter().GetResult();
                // several From are signed, and then not accepted
                return verdicts.All(verdict => verdict.Result is DkimResult.Pass or DkimResult.Policy);
            },
            iter: 300);
    }

    private string Sign(string message, TimeSpan? lifetime = null)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(TrySign(message, output, lifetime));
        return Encoding.Latin1.GetString(output.WrittenSpan) + message;
    }

    private bool TrySign(string message, ArrayBufferWriter<byte> output, TimeSpan? lifetime)
    {
        var bytes = Encoding.Latin1.GetBytes(message);
        var header = HeaderBlock.Read(bytes);
        using var hash = new RelaxedBodyHash();
        hash.Append(bytes.AsSpan(header.BodyOffset));
        var signer = new DkimSigner(
            [new DkimIdentity("d.test", "rsa", Rsa), new DkimIdentity("d.test", "ed", Ed25519)], lifetime, _clock);
        return signer.TrySign(header, hash.Finish(), output);
    }

    private async Task<DkimVerdict[]> VerifyAsync(string message)
    {
        var zone = new FakeDnsZone();
        foreach (var (selector, key) in new[] { ("rsa", Rsa), ("ed", Ed25519) })
        {
            zone.Add(
                $"{selector}._domainkey.d.test", new FakeDnsRecord("TXT", key.PublicRecord, TimeSpan.FromMinutes(5)));
        }
        var verifier = new DkimVerifier(new FakeResolver(zone), _clock);
        return [.. await verifier.VerifyAsync(Encoding.Latin1.GetBytes(message), CancellationToken.None)];
    }
}
