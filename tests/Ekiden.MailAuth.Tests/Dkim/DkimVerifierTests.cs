using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.MailAuth.Tests.Dkim;

public sealed class DkimVerifierTests
{
    private const string Tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=d.test; s=sel; h=From:Subject:From:Subject";
    private const string Letter =
        "From: a@d.test\r\nTo: b@x.test\r\nSubject: A  letter\r\n\r\nHello,\r\n\r\nworld \r\n\r\n";

    private static readonly RSA Key = RSA.Create(2048);
    private static readonly string Record = PlainSigner.Record(Key);
    private static readonly FakeTimeProvider Clock = new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));

    [Theory]
    [InlineData("simple/simple")]
    [InlineData("simple/relaxed")]
    [InlineData("relaxed/simple")]
    [InlineData("relaxed/relaxed")]
    [InlineData("relaxed")] // the body is simple then: RFC 6376 §3.5
    [InlineData("simple")]
    public async Task Both_forms_of_header_and_body_verify(string form)
    {
        var signed = PlainSigner.Sign(Letter, Tags.Replace("relaxed/relaxed", form, StringComparison.Ordinal), Key);
        Assert.Equal(DkimResult.Pass, (await VerifyAsync(signed)).Result);
    }

    [Theory]
    [InlineData("A  letter", "A letter", "relaxed/relaxed", DkimResult.Pass)]
    [InlineData("A  letter", "A letter", "simple/relaxed", DkimResult.Fail)]
    [InlineData("\nSubject:", "\nSUBJECT :", "relaxed/relaxed", DkimResult.Pass)]
    [InlineData("A  letter", "A\r\n\tletter", "relaxed/relaxed", DkimResult.Pass)]
    [InlineData("A  letter", "A  better", "relaxed/relaxed", DkimResult.Fail)]
    [InlineData("To: b@x.test", "To: c@x.test", "relaxed/relaxed", DkimResult.Pass)] // not signed
    [InlineData("world \r\n", "world\r\n", "relaxed/relaxed", DkimResult.Pass)]
    [InlineData("world \r\n", "world\r\n", "relaxed/simple", DkimResult.Fail)]
    [InlineData("world \r\n", "world \r\n\r\n\r\n", "simple/simple", DkimResult.Pass)]
    [InlineData("world", "World", "relaxed/relaxed", DkimResult.Fail)]
    [InlineData("world", "wo\0rld", "relaxed/relaxed", DkimResult.Fail)]
    [InlineData("To:", "Subject: another\r\nTo:", "relaxed/relaxed", DkimResult.Fail)] // signed once more than there
    public async Task What_relays_change_passes_where_the_form_allows_it(
        string before, string after, string form, DkimResult result)
    {
        var signed = PlainSigner.Sign(Letter, Tags.Replace("relaxed/relaxed", form, StringComparison.Ordinal), Key);
        var changed = Latin1(signed).Replace(before, after, StringComparison.Ordinal);
        Assert.Equal(result, (await VerifyAsync(Encoding.Latin1.GetBytes(changed))).Result);
    }

    [Theory]
    [InlineData("l=17", DkimResult.Policy)]
    [InlineData("l=0", DkimResult.Policy)]
    [InlineData("l=18", DkimResult.Fail)] // the body has 17 bytes
    [InlineData("l=99999999999999999999", DkimResult.Fail)]
    [InlineData("l=-1", DkimResult.PermError)]
    [InlineData("x=1700000000", DkimResult.Policy)]
    [InlineData("x=1700000001", DkimResult.Pass)]
    [InlineData("x=999999999999", DkimResult.Pass)]
    [InlineData("x=9999999999999", DkimResult.PermError)]
    [InlineData("t=1600000000; x=1600000000", DkimResult.PermError)]
    [InlineData("t=1800000000", DkimResult.Pass)] // another clock is not our trouble
    [InlineData("i=@sub.d.test", DkimResult.Pass)]
    [InlineData("i=someone@d.test", DkimResult.Pass)]
    [InlineData("i=@xd.test", DkimResult.PermError)]
    [InlineData("i=d.test", DkimResult.PermError)]
    [InlineData("q=dns/txt:dns/other", DkimResult.Pass)]
    [InlineData("q=dns/other", DkimResult.PermError)]
    [InlineData("unknown=tag; z=From:a@d.test|To:b", DkimResult.Pass)]
    [InlineData("d=d.test", DkimResult.PermError)] // twice
    [InlineData("=x", DkimResult.PermError)]
    [InlineData("1a=x", DkimResult.PermError)]
    [InlineData("word", DkimResult.PermError)]
    [InlineData("", DkimResult.PermError)]
    public async Task A_further_tag_is_judged(string tag, DkimResult result) =>
        Assert.Equal(result, (await VerifyAsync(PlainSigner.Sign(Letter, $"{Tags}; {tag}", Key))).Result);

    [Theory]
    [InlineData("v=1", "v=2")]
    [InlineData("v=1; ", "")]
    [InlineData("a=rsa-sha256", "a=rsa-sha1")]
    [InlineData("a=rsa-sha256", "a=rsa-sha512")]
    [InlineData("a=rsa-sha256; ", "")]
    [InlineData("a=rsa-sha256", "A=rsa-sha256")]
    [InlineData("c=relaxed/relaxed", "c=strict")]
    [InlineData("d=d.test", "d=")]
    [InlineData("d=d.test", "d=d..test")]
    [InlineData("d=d.test", "d=d.te st")]
    [InlineData("s=sel", "s=")]
    [InlineData("h=From:Subject", "h=Subject")]
    [InlineData("h=From:Subject", "h=")]
    [InlineData("h=From:Subject", "h=From:Sub\u00E9ct")]
    public async Task A_signature_with_a_wrong_tag_is_a_permanent_error(string before, string after)
    {
        var tags = Tags.Replace(":From:Subject", "", StringComparison.Ordinal);
        var signed = PlainSigner.Sign(Letter, tags.Replace(before, after, StringComparison.Ordinal), Key);
        Assert.Equal(DkimResult.PermError, (await VerifyAsync(signed)).Result);
    }

    [Theory]
    [InlineData("v=DKIM1; k=rsa; h=sha256; s=email; t=y:s; n=a note; g=; p={0}", DkimResult.Pass)]
    [InlineData("p={0};", DkimResult.Pass)]
    [InlineData(" p = {0} ", DkimResult.Pass)]
    [InlineData("v=DKIM1; p=", DkimResult.PermError)]
    [InlineData("k=rsa; v=DKIM1; p={0}", DkimResult.PermError)]
    [InlineData("v=DKIM2; p={0}", DkimResult.PermError)]
    [InlineData("v=DKIM1; h=sha1; p={0}", DkimResult.PermError)]
    [InlineData("v=DKIM1; s=tlsrpt; p={0}", DkimResult.PermError)]
    [InlineData("v=DKIM1; k=ed25519; p={0}", DkimResult.PermError)]
    [InlineData("v=DKIM1; p={0}; p={0}", DkimResult.PermError)]
    [InlineData("v=DKIM1; p=AAAA{0}", DkimResult.PermError)]
    [InlineData("v=DKIM1; p=*", DkimResult.PermError)]
    [InlineData("v=DKIM1", DkimResult.PermError)]
    [InlineData("not a key", DkimResult.PermError)]
    [InlineData("!NXDOMAIN", DkimResult.PermError)]
    [InlineData("!SERVFAIL", DkimResult.TempError)]
    [InlineData("!TIMEOUT", DkimResult.TempError)]
    public async Task A_key_record_is_judged(string record, DkimResult result)
    {
        var key = Convert.ToBase64String(Key.ExportSubjectPublicKeyInfo());
        var text = record.Replace("{0}", key, StringComparison.Ordinal);
        var verdict = await VerifyAsync(PlainSigner.Sign(Letter, Tags, Key), text);
        Assert.Equal(result, verdict.Result);
        Assert.Equal(result == DkimResult.Pass, verdict.Why is null);
    }

    [Fact]
    public async Task A_key_may_be_published_as_RFC_6376_writes_it()
    {
        var record = $"p={Convert.ToBase64String(Key.ExportRSAPublicKey())}";
        Assert.Equal(DkimResult.Pass, (await VerifyAsync(PlainSigner.Sign(Letter, Tags, Key), record)).Result);
    }

    [Theory]
    [InlineData("", DkimResult.Pass)]
    [InlineData("; i=a@d.test", DkimResult.Pass)]
    [InlineData("; i=a@sub.d.test", DkimResult.PermError)]
    public async Task A_strict_key_is_for_its_domain_only(string identity, DkimResult result)
    {
        var signed = PlainSigner.Sign(Letter, Tags + identity, Key);
        Assert.Equal(result, (await VerifyAsync(signed, Record + "; t=s")).Result);
    }

    // RFC 8301 §3.2
    [Theory]
    [InlineData(512, DkimResult.Policy)]
    [InlineData(1016, DkimResult.Policy)]
    [InlineData(1024, DkimResult.Pass)]
    public async Task A_short_key_is_not_accepted(int bits, DkimResult result)
    {
        using var key = RSA.Create(bits);
        var verdict = await VerifyAsync(PlainSigner.Sign(Letter, Tags, key), PlainSigner.Record(key));
        Assert.Equal(result, verdict.Result);
    }

    [Fact]
    public async Task A_message_without_From_or_with_two_is_not_accepted()
    {
        var two = PlainSigner.Sign("From: b@d.test\r\n" + Letter, Tags, Key);
        Assert.Equal(DkimResult.Policy, (await VerifyAsync(two)).Result);
        var none = PlainSigner.Sign(Letter[(Letter.IndexOf('\n', StringComparison.Ordinal) + 1)..], Tags, Key);
        Assert.Equal(DkimResult.Policy, (await VerifyAsync(none)).Result);
    }

    [Fact]
    public async Task The_first_five_signatures_are_verified()
    {
        var message = Letter;
        for (var i = 0; i < 7; i++) message = Latin1(PlainSigner.Sign(message, Tags, Key));
        var verdicts = await VerifyAllAsync(Encoding.Latin1.GetBytes(message), Record);
        var expected = Enumerable.Repeat(DkimResult.Pass, 5).Append(DkimResult.Neutral).Append(DkimResult.Neutral);
        Assert.Equal(expected, verdicts.Select(verdict => verdict.Result));
        Assert.All(verdicts, verdict => Assert.Equal(("d.test", "sel"), (verdict.Domain, verdict.Selector)));
    }

    [Theory]
    [InlineData("From: a@d.test\r\n\r\n")] // no body
    [InlineData("From: a@d.test\r\nSubject: 8-bit \xE9\xFF\x80\r\n\r\n\xE9\xFF\r\n")]
    [InlineData("From: a@d.test\r\nSubject:\r\n \r\n\t\r\n folded\r\n\r\nno end")]
    [InlineData("From: a@d.test\r\nSubject: lone\rCR and\nLF\0NUL\r\n\r\na\rb\nc\0\r\r\n\r\n")]
    [InlineData("From: a@d.test\r\nSubject\t : odd colon\r\n\r\n \r\n\t\r\n")]
    public async Task Odd_bytes_are_taken_as_they_are(string message)
    {
        foreach (var form in new[] { "simple/simple", "relaxed/relaxed" })
        {
            var tags = Tags.Replace("relaxed/relaxed", form, StringComparison.Ordinal);
            Assert.Equal(DkimResult.Pass, (await VerifyAsync(PlainSigner.Sign(message, tags, Key))).Result);
        }
    }

    [Fact]
    public void The_body_may_be_cut_anywhere()
    {
        string[] pieces = [" ", "\t", "\r\n", "\r", "\n", "a", "bb", "\0", "\xE9"];
        var body = Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[0, 30].Select(string.Concat<string>);
        Gen.Select(body, Gen.Int[1, 5], Gen.Bool).Sample(
            (text, size, isRelaxed) =>
            {
                var form = isRelaxed ? "relaxed/relaxed" : "simple/simple";
                var tags = Tags.Replace("relaxed/relaxed", form, StringComparison.Ordinal);
                var message = PlainSigner.Sign("From: a@d.test\r\n\r\n" + text, tags, Key);
                var header = HeaderBlock.Read(message);
                using var verification = Verifier(Record).Begin(header);
                for (var at = header.BodyOffset; at < message.Length; at += size)
                    verification.AppendBody(message.AsSpan(at, Math.Min(size, message.Length - at)));
                var verdicts = verification.FinishAsync(CancellationToken.None).GetAwaiter().GetResult();
                return verdicts.Single().Result == DkimResult.Pass;
            },
            iter: 500);
    }

    [Fact]
    public void Signatures_and_keys_of_any_bytes_give_a_verdict()
    {
        string[] pieces =
        [
            "v=1", ";", "a=rsa-sha256", "a=ed25519-sha256", "c=relaxed", "d=d.test", "s=sel", "h=from", "bh=", "b=",
            "i=@", "l=", "t=1", "x=2", "=", " ", "\r\n ", "\t", "AAAA", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "\0", "\xFF", "p=", "k=ed25519", "k=rsa", "v=DKIM1", ":", "@", "99999999999999999999",
        ];
        var text = Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[0, 16].Select(string.Concat<string>);
        Gen.Select(text, text).Sample(
            (signature, key) =>
            {
                var message = Encoding.Latin1.GetBytes($"DKIM-Signature: {signature}\r\nFrom: a@d.test\r\n\r\n");
                var verifier = Verifier(key.Replace("\r\n", "", StringComparison.Ordinal));
                var verdicts = verifier.VerifyAsync(message, CancellationToken.None).GetAwaiter().GetResult();
                return verdicts.Length <= 1;
            },
            iter: 20_000);
    }

    private static DkimVerifier Verifier(string record)
    {
        var zone = new FakeDnsZone();
        zone.Add("sel._domainkey.d.test", new FakeDnsRecord("TXT", record, TimeSpan.FromMinutes(5)));
        return new DkimVerifier(new FakeResolver(zone), Clock);
    }

    private static Task<DkimVerdict> VerifyAsync(byte[] message) => VerifyAsync(message, Record);

    private static async Task<DkimVerdict> VerifyAsync(byte[] message, string record) =>
        Assert.Single(await VerifyAllAsync(message, record));

    private static async Task<DkimVerdict[]> VerifyAllAsync(byte[] message, string record) =>
        [.. await Verifier(record).VerifyAsync(message, TestContext.Current.CancellationToken)];

    private static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
