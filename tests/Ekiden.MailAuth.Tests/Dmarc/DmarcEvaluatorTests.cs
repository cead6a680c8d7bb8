using System.Text;
using CsCheck;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Dmarc;
using Ekiden.MailAuth.Spf;
using Ekiden.Testing;

namespace Ekiden.MailAuth.Tests.Dmarc;

public sealed class DmarcEvaluatorTests
{
    // RFC 9989 §4.4: the From domain, the domain that was confirmed, the modes, the verdict.
    [Theory]
    [InlineData("d.test", "d.test", "", true)]
    [InlineData("d.test", "mail.d.test", "", true)]
    [InlineData("news.d.test", "bounces.d.test", "", true)]
    [InlineData("d.test", "xd.test", "", false)]
    [InlineData("d.test", "test", "", false)]
    [InlineData("d.test", "other.test", "", false)]
    [InlineData("D.TEST", "d.test", "", true)]
    [InlineData("d.test", "mail.d.test", "adkim=s; aspf=s", false)]
    [InlineData("d.test", "d.test", "adkim=s; aspf=s", true)]
    public async Task A_domain_aligns_by_the_mode_that_is_published(
        string author, string confirmed, string modes, bool isAligned)
    {
        var zone = $"_dmarc.d.test TXT v=DMARC1; p=reject; {modes}";
        var spf = await EvaluateAsync([zone], author, Spf(SpfResult.Pass, confirmed));
        var dkim = await EvaluateAsync([zone], author, null, Dkim(DkimResult.Pass, confirmed));
        var expected = isAligned ? DmarcResult.Pass : DmarcResult.Fail;
        Assert.Equal((expected, isAligned, false), (spf.Result, spf.IsSpfAligned, spf.IsDkimAligned));
        Assert.Equal((expected, false, isAligned), (dkim.Result, dkim.IsSpfAligned, dkim.IsDkimAligned));
        Assert.Equal(isAligned ? DmarcPolicy.None : DmarcPolicy.Reject, spf.Disposition);
    }

    [Theory]
    [InlineData(SpfResult.Neutral)]
    [InlineData(SpfResult.SoftFail)]
    [InlineData(SpfResult.Fail)]
    [InlineData(SpfResult.PermError)]
    [InlineData(SpfResult.None)]
    public async Task Only_a_pass_confirms(SpfResult result)
    {
        var verdict = await EvaluateAsync(["_dmarc.d.test TXT v=DMARC1; p=reject"], "d.test", Spf(result, "d.test"),
            Dkim(DkimResult.Fail, "d.test"), Dkim(DkimResult.Policy, "d.test"), Dkim(DkimResult.PermError, "d.test"));
        Assert.Equal((DmarcResult.Fail, DmarcPolicy.Reject), (verdict.Result, verdict.Disposition));
    }

    // What would align and is not known yet defers the verdict; what would not align cannot.
    [Theory]
    [InlineData("d.test", DmarcResult.TempError)]
    [InlineData("other.test", DmarcResult.Fail)]
    public async Task Trouble_that_passes_is_no_failure(string domain, DmarcResult expected)
    {
        string[] zone = ["_dmarc.d.test TXT v=DMARC1; p=reject"];
        Assert.Equal(expected, (await EvaluateAsync(zone, "d.test", Spf(SpfResult.TempError, domain))).Result);
        var dkim = await EvaluateAsync(zone, "d.test", null, Dkim(DkimResult.TempError, domain));
        Assert.Equal(expected, dkim.Result);
    }

    // RFC 9989 §4.10.2
    [Theory]
    [InlineData("a.mail.d.test", "d.test", "_dmarc.mail.d.test TXT v=DMARC1", "_dmarc.d.test TXT v=DMARC1")]
    [InlineData("a.mail.d.test", "d.test", "_dmarc.test TXT v=DMARC1; psd=y")]
    [InlineData("a.d.co.test", "d.co.test", "_dmarc.co.test TXT v=DMARC1; psd=y", "_dmarc.test TXT v=DMARC1; psd=y")]
    [InlineData("a.d.test", "a.d.test", "_dmarc.a.d.test TXT v=DMARC1; psd=n", "_dmarc.d.test TXT v=DMARC1")]
    [InlineData("a.mail.d.test", "mail.d.test", "_dmarc.mail.d.test TXT v=DMARC1; psd=n", "_dmarc.d.test TXT v=DMARC1")]
    [InlineData("co.test", "co.test", "_dmarc.co.test TXT v=DMARC1; psd=y")]
    [InlineData("d.test", "test", "_dmarc.test TXT v=DMARC1")]
    [InlineData("a.d.test", "a.d.test")]
    [InlineData("d.test", "d.test", "_dmarc.test TXT v=DMARC1", "_dmarc.test TXT v=DMARC1")] // two are none
    public async Task The_organizational_domain_is_found_by_walking_up(
        string author, string expected, params string[] zone) =>
        Assert.Equal(expected, (await EvaluateAsync(zone, author, null)).OrganizationalDomain);

    // RFC 9989 §4.10: at most eight questions.
    [Fact]
    public async Task A_long_name_is_cut_to_seven_labels_after_the_first_question()
    {
        var resolver = new FakeResolver();
        await EvaluateAsync(resolver, "From: x@a.b.c.d.e.f.g.h.i.j.mail.d.test\r\n\r\n", null);
        Assert.Equal(
            [
                "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.d.test TXT", "_dmarc.g.h.i.j.mail.d.test TXT",
                "_dmarc.h.i.j.mail.d.test TXT", "_dmarc.i.j.mail.d.test TXT", "_dmarc.j.mail.d.test TXT",
                "_dmarc.mail.d.test TXT", "_dmarc.d.test TXT", "_dmarc.test TXT",
            ],
            resolver.Questions);
    }

    // RFC 9989 §4.10.1
    [Theory]
    [InlineData("d.test", "p=reject; sp=none; np=none", DmarcPolicy.Reject)]
    [InlineData("a.d.test", "p=none; sp=quarantine; np=reject", DmarcPolicy.Quarantine)]
    [InlineData("missing.d.test", "p=none; sp=quarantine; np=reject", DmarcPolicy.Reject)]
    [InlineData("missing.d.test", "p=none; sp=quarantine", DmarcPolicy.Quarantine)]
    [InlineData("a.d.test", "p=reject; np=none", DmarcPolicy.Reject)]
    [InlineData("d.test", "p=reject; t=y", DmarcPolicy.Quarantine)]
    [InlineData("d.test", "p=quarantine; t=y", DmarcPolicy.None)]
    [InlineData("d.test", "p=reject; t=n; pct=0", DmarcPolicy.Reject)]
    [InlineData("d.test", "P = REJECT ;; junk; =", DmarcPolicy.Reject)]
    [InlineData("d.test", "rua=mailto:r@d.test", DmarcPolicy.None)]
    [InlineData("d.test", "p=rejet; rua=mailto:r@d.test", DmarcPolicy.None)]
    public async Task The_policy_that_applies_is_found(string author, string tags, DmarcPolicy expected)
    {
        var verdict = await EvaluateAsync(
            [$"_dmarc.d.test TXT v=DMARC1; {tags}", "d.test A 192.0.2.1", "a.d.test A 192.0.2.1"], author, null);
        Assert.Equal((DmarcResult.Fail, expected), (verdict.Result, verdict.Disposition));
        Assert.Equal("d.test", verdict.PolicyDomain);
    }

    [Theory]
    [InlineData("v=DMARC1; p=rejet")]
    [InlineData("v=DMARC1; p=none; sp=x")]
    [InlineData("v=dmarc1; p=reject")]
    [InlineData("p=reject; v=DMARC1")]
    [InlineData("v=DMARC10; p=reject")]
    [InlineData("v=spf1 -all")]
    public async Task A_record_that_is_none_is_no_policy(string text)
    {
        var verdict = await EvaluateAsync([$"_dmarc.d.test TXT {text}"], "d.test", null);
        Assert.Equal((DmarcResult.None, DmarcPolicy.None), (verdict.Result, verdict.Disposition));
    }

    [Theory]
    [InlineData("To: a@d.test", DmarcResult.PermError)]
    [InlineData("From: a@d.test\r\nFrom: a@d.test", DmarcResult.PermError)]
    [InlineData("From: not an address", DmarcResult.PermError)]
    [InlineData("From: a@d.test, b@d.test", DmarcResult.Fail)]
    [InlineData("From: a@d.test, b@other.test", DmarcResult.None)]
    [InlineData("From: a@[192.0.2.1]", DmarcResult.None)]
    [InlineData("From: \"b@other.test\" <a@d.test>", DmarcResult.Fail)]
    public async Task The_author_must_be_clear(string header, DmarcResult expected)
    {
        var resolver = new FakeResolver("_dmarc.d.test TXT v=DMARC1; p=reject");
        Assert.Equal(expected, (await EvaluateAsync(resolver, header + "\r\n\r\n", null)).Result);
    }

    [Fact]
    public async Task A_name_service_that_fails_is_a_temporary_error()
    {
        var verdict = await EvaluateAsync(
            ["_dmarc.a.d.test TXT !NXDOMAIN", "_dmarc.d.test TXT !SERVFAIL"], "a.d.test", null);
        Assert.Equal(DmarcResult.TempError, verdict.Result);
    }

    [Fact]
    public async Task International_domains_are_compared_as_A_labels()
    {
        var verdict = await EvaluateAsync(
            ["_dmarc.xn--r8jz45g.test TXT v=DMARC1; p=reject"], "例え.test", Spf(SpfResult.Pass, "xn--r8jz45g.test"));
        Assert.Equal(DmarcResult.Pass, verdict.Result);
    }

    [Fact]
    public void Records_of_any_text_are_read()
    {
        string[] pieces =
        [
            "v=DMARC1", ";", "p=", "sp=", "none", "reject", "=", " ", "t=y", "psd=", "rua=mailto:", ",", "\0", "é",
        ];
        Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[0, 12].Select(parts => string.Concat(parts)).Sample(
            text => DmarcRecord.TryParse(text, out _) || true, iter: 20_000);
    }

    [Theory]
    [InlineData("d.test", "d.test", DmarcPolicy.Reject)]
    [InlineData("a.d.test", "d.test", DmarcPolicy.Quarantine)]
    [InlineData("other.test", null, DmarcPolicy.None)]
    public async Task What_holds_for_a_domain_can_be_asked(string domain, string? policyDomain, DmarcPolicy policy)
    {
        var resolver = new FakeResolver("_dmarc.d.test TXT v=DMARC1; p=reject; sp=quarantine; t=y");
        var found = await new DmarcEvaluator(resolver).FindAsync(domain, TestContext.Current.CancellationToken);
        var organization = policyDomain ?? domain;
        Assert.Equal(new DmarcPublication(organization, policyDomain, policy, policyDomain is not null), found);
    }

    [Fact]
    public async Task What_holds_for_a_domain_is_unknown_without_a_name_service()
    {
        var resolver = new FakeResolver("_dmarc.d.test TXT !SERVFAIL");
        Assert.Null(await new DmarcEvaluator(resolver).FindAsync("d.test", TestContext.Current.CancellationToken));
    }

    private static SpfVerdict Spf(SpfResult result, string domain) => new(result, domain, "", null);

    private static DkimVerdict Dkim(DkimResult result, string domain) => new(result, null) { Domain = domain };

    private static Task<DmarcVerdict> EvaluateAsync(
        string[] zone, string author, SpfVerdict? spf, params DkimVerdict[] dkim) =>
        EvaluateAsync(new FakeResolver(zone), $"From: x@{author}\r\n\r\n", spf, dkim);

    private static Task<DmarcVerdict> EvaluateAsync(
        FakeResolver resolver, string message, SpfVerdict? spf, params DkimVerdict[] dkim) =>
        new DmarcEvaluator(resolver).EvaluateAsync(
            HeaderBlock.Read(Encoding.UTF8.GetBytes(message)), spf, [.. dkim], TestContext.Current.CancellationToken);
}
