using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ekiden.Directory;
using Ekiden.MailAuth.Dkim;
using Ekiden.Server.Domains;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Server.Tests.Domains;

/// <summary>What is said of a domain, from zone text.</summary>
public sealed class DomainCheckTests
{
    private static readonly ImmutableArray<SendingHost> Hosts =
        [new("out.test", IPAddress.Parse("203.0.113.9"))];

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 4, 1, 9, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v=spf1 ip4:203.0.113.9 -all", "Ok Ok")]
    [InlineData("v=spf1 ip4:203.0.113.8 -all", "Ok Error")]
    [InlineData("v=spf1 ip4:203.0.113.9 ?all", "Warning Ok")]
    [InlineData("v=spf1 ip4:203.0.113.9", "Warning Ok")]
    [InlineData("v=spf1 +all", "Error Ok")]
    [InlineData("v=spf1 ip4:300.0.0.1 -all", "Error Error")]
    [InlineData("v=spf1 include:nothing.test -all", "Error Error")]
    [InlineData("v=spf1 ip4:203.0.113.9 a:a1.test a:a2.test a:a3.test a:a4.test a:a5.test a:a6.test a:a7.test a:a8.test a:a9.test -all", "Warning Ok")]
    [InlineData("google-site-verification=x", "Error")]
    public async Task Spf_is_judged_with_our_addresses(string record, string expected)
    {
        var checks = new AuthenticationChecks(new FakeResolver($"a.test TXT {record}"), _clock);
        var findings = await checks.CheckSpfAsync("a.test", Hosts, Cancel);
        Assert.Equal(expected, string.Join(' ', findings.Select(finding => finding.Status)));
        Assert.All(findings, finding => Assert.Equal(
            finding.Status is FindingStatus.Warning or FindingStatus.Error, finding.Fix is not null));
    }

    [Fact]
    public async Task Lookups_and_includes_are_counted()
    {
        var resolver = new FakeResolver(
            "a.test TXT v=spf1 include:b.test a mx -all", "b.test TXT v=spf1 include:c.test -all",
            "c.test TXT v=spf1 ip4:203.0.113.9 -all");
        var findings = await new AuthenticationChecks(resolver, _clock).CheckSpfAsync("a.test", Hosts, Cancel);
        Assert.Equal("4 of 10 lookups; includes b.test, c.test", findings[0].Detail);
        Assert.Equal(FindingStatus.Ok, findings[1].Status);
    }

    [Fact]
    public async Task Dkim_is_as_it_is_published()
    {
        using var ours = DkimKey.Generate(DkimAlgorithm.Ed25519Sha256);
        using var other = DkimKey.Generate(DkimAlgorithm.Ed25519Sha256);
        ImmutableArray<DomainKey> keys =
        [
            Key("s1", ours, DomainKeyStatus.Active), Key("s2", ours, DomainKeyStatus.Active),
            Key("s3", ours, DomainKeyStatus.Active), Key("s4", ours, DomainKeyStatus.Pending),
            Key("s5", ours, DomainKeyStatus.Active),
        ];
        var resolver = new FakeResolver(
            $"s1._domainkey.a.test TXT {ours.PublicRecord}", $"s2._domainkey.a.test TXT {other.PublicRecord}",
            "s5._domainkey.a.test * !SERVFAIL");
        var findings = await new AuthenticationChecks(resolver, _clock)
            .CheckDkimAsync("a.test", keys, _clock.GetUtcNow(), Cancel);
        Assert.Equal(
            [FindingStatus.Ok, FindingStatus.Error, FindingStatus.Error, FindingStatus.Warning, FindingStatus.Unknown],
            findings.Select(finding => finding.Status));
        Assert.Equal("s1._domainkey.a.test", findings[0].Subject);
    }

    [Fact]
    public async Task A_domain_of_which_no_key_signs_is_an_error()
    {
        var findings = await new AuthenticationChecks(new FakeResolver(), _clock)
            .CheckDkimAsync("a.test", [], _clock.GetUtcNow(), Cancel);
        Assert.Equal(FindingStatus.Error, Assert.Single(findings).Status);
    }

    [Theory]
    [InlineData("v=DMARC1; p=none", "Ok Ok")]
    [InlineData("v=DMARC1; p=reject; adkim=s", "Ok Warning")]
    [InlineData("v=spf1 -all", "Error")]
    [InlineData("!SERVFAIL", "Unknown")]
    public async Task Dmarc_is_present_and_aligned(string record, string expected)
    {
        var type = record[0] == '!' ? "*" : "TXT";
        var resolver = new FakeResolver($"_dmarc.a.test {type} {record}", "a.test A 203.0.113.1");
        var findings = await new AuthenticationChecks(resolver, _clock).CheckDmarcAsync("a.test", Cancel);
        Assert.Equal(expected, string.Join(' ', findings.Select(finding => finding.Status)));
    }

    [Theory]
    [InlineData("a.test MX 10 mx.test; mx.test A 203.0.113.1", "Ok")]
    [InlineData("a.test MX 10 mx.test", "Ok Error")]
    [InlineData("a.test MX 0 .", "Error")]
    [InlineData("a.test AAAA 2001:db8::1", "Ok")]
    [InlineData("a.test TXT x", "Error")]
    [InlineData("a.test * !TIMEOUT", "Unknown")]
    public async Task The_domain_takes_mail(string zone, string expected)
    {
        var findings = await NameChecks.CheckAsync(new FakeResolver(zone.Split("; ")), "a.test", Cancel);
        Assert.Equal(expected, string.Join(' ', findings.Select(finding => finding.Status)));
    }

    [Theory]
    [InlineData("9.113.0.203.in-addr.arpa PTR out.test; out.test A 203.0.113.9", "Ok Ok")]
    [InlineData("out.test A 203.0.113.9", "Error Ok")]
    [InlineData("9.113.0.203.in-addr.arpa PTR other.test; out.test A 203.0.113.9", "Error Ok")]
    [InlineData("9.113.0.203.in-addr.arpa PTR other.test; other.test A 203.0.113.9", "Ok Warning")]
    [InlineData("9.113.0.203.in-addr.arpa PTR 203-0-113-9.pool.test; 203-0-113-9.pool.test A 203.0.113.9", "Warning Warning")]
    [InlineData("9.113.0.203.in-addr.arpa * !SERVFAIL; out.test * !SERVFAIL", "Unknown Unknown")]
    public async Task Pointers_lead_back(string zone, string expected)
    {
        var findings = await new SourceChecks(new FakeResolver(zone.Split("; "))).CheckNamesAsync(Hosts, Cancel);
        Assert.Equal(expected, string.Join(' ', findings.Select(finding => finding.Status)));
    }

    [Theory]
    [InlineData("x.test A 203.0.113.1", FindingStatus.Ok)]
    [InlineData("9.113.0.203.list.test A 127.0.0.2", FindingStatus.Error)]
    [InlineData("9.113.0.203.list.test A 127.255.255.254", FindingStatus.Unknown)]
    [InlineData("9.113.0.203.list.test A 203.0.113.77", FindingStatus.Unknown)]
    [InlineData("9.113.0.203.list.test * !REFUSED", FindingStatus.Unknown)]
    public async Task A_listing_is_an_answer_of_127(string zone, object expected)
    {
        var findings = await new SourceChecks(new FakeResolver(zone))
            .CheckBlocklistsAsync(Hosts, ["list.test"], Cancel);
        Assert.Equal(expected, Assert.Single(findings).Status);
    }

    [Fact]
    public async Task Without_lists_nobody_is_asked()
    {
        var resolver = new FakeResolver();
        Assert.Empty(await new SourceChecks(resolver).CheckBlocklistsAsync(Hosts, [], Cancel));
        Assert.Empty(resolver.Questions);
    }

    [Fact]
    public void A_certificate_is_ours_and_lasts()
    {
        using var key = ECDsa.Create();
        var request = new CertificateRequest("CN=out.test", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(
            _clock.GetUtcNow(), _clock.GetUtcNow() + TimeSpan.FromDays(30));
        Assert.Equal(
            FindingStatus.Warning, CertificateCheck.Check(certificate, "out.test", _clock.GetUtcNow()).Status);
        Assert.Equal(
            FindingStatus.Error,
            CertificateCheck.Check(certificate, "out.test", _clock.GetUtcNow() + TimeSpan.FromDays(30)).Status);
    }

    [Fact]
    public void A_rule_is_as_good_as_the_worst_it_depends_on()
    {
        var rules = ProviderRules.Judge(
        [
            new("spf", "a.test", FindingStatus.Ok, ""), new("dkim", "s._domainkey.a.test", FindingStatus.Error, "gone"),
            new("dmarc", "a.test", FindingStatus.Ok, ""), new("mx", "a.test", FindingStatus.Warning, "slow"),
        ]);
        Assert.Equal(
            (FindingStatus.Error, "dkim s._domainkey.a.test: gone"),
            rules.Where(rule => rule.Provider == "gmail").Select(rule => (rule.Status, rule.Why)).First());
        Assert.Contains(rules, rule => rule is { Provider: "gmail", Status: FindingStatus.Unknown }); // no PTR was seen
        Assert.Contains(
            rules, rule => rule is { Provider: "docomo", Status: FindingStatus.Warning, Why: "mx a.test: slow" });
        Assert.Contains(rules, rule => rule is { Provider: "outlook", Status: FindingStatus.Ok, Why: null });
    }

    private static DomainKey Key(string selector, DkimKey key, DomainKeyStatus status) => new()
    {
        Id = selector,
        DomainId = "dom",
        Selector = selector,
        PublicRecord = key.PublicRecord,
        SealedKey = default,
        Status = status,
        CreatedAt = default,
    };
}
