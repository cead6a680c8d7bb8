using System.Net;
using CsCheck;
using Ekiden.Dns;
using Ekiden.MailAuth.Spf;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.MailAuth.Tests.Spf;

public sealed class SpfCheckerTests
{
    [Theory]
    [InlineData("192.0.2.1", "v=spf1 ip4:192.0.2.0/24 -all", "pass")]
    [InlineData("::ffff:192.0.2.1", "v=spf1 ip6:::/0 ip4:192.0.2.1 -all", "pass")] // RFC 7208 §5: mapped is IPv4
    [InlineData("192.0.2.1", "V=SPF1 IP4:192.0.2.1 -ALL", "pass")]
    [InlineData("192.0.2.1", "v=spf1 ip4:192.0.2.01 -all", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 ip4:192.0.2/24 -all", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 ip4:192.0.2.1/33 -all", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 ip4:192.0.2.1/032 -all", "permerror")]
    [InlineData("2001:db8::1", "v=spf1 ip6:2001:db8::/32 -all", "pass")]
    [InlineData("2001:db8::1", "v=spf1 ip6:2001:db8::%1/32 -all", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 a:/24 -all", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 a//129 -all", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 a:h.d.test/31//0 -all", "pass")]
    [InlineData("192.0.2.1", "v=spf1 redirect=d2.test redirect=d2.test", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 exp=d2.test exp=d2.test -all", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 redirect=nowhere.test", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 new.modifier=%{l}/x ~all", "softfail")]
    [InlineData("192.0.2.1", "v=spf1 new.modifier=%{z} ~all", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 exists:%{d0}.test -all", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 exists:%{ir4r}.test -all", "permerror")]
    [InlineData("192.0.2.1", "v=spf1 exists:%{d}x -all", "permerror")]
    [InlineData("192.0.2.1", "v=spf10 -all", "none")]
    [InlineData("192.0.2.1", "v=spf1", "neutral")]
    public async Task A_record_is_read_by_the_rules(string client, string record, string result)
    {
        var resolver = new FakeResolver($"d.test TXT {record}", "h.d.test A 192.0.2.0", "d2.test TXT v=spf1 ?all");
        Assert.Equal(result, await ResultAsync(resolver, client));
    }

    // RFC 7208 §4.6.4: 10 terms that ask; modifiers and addresses given in the record do not count.
    [Theory]
    [InlineData(10, "neutral")]
    [InlineData(11, "permerror")]
    public async Task Ten_terms_may_ask(int terms, string result)
    {
        var record = $"v=spf1 ip4:198.51.100.1 {string.Join(' ', Enumerable.Repeat("a:h.test", terms))} ?all";
        Assert.Equal(result, await ResultAsync(new FakeResolver($"d.test TXT {record}", "h.test A 198.51.100.2")));
    }

    [Theory]
    [InlineData(2, "neutral")]
    [InlineData(3, "permerror")]
    public async Task Two_terms_may_find_nothing(int terms, string result)
    {
        var record = $"v=spf1 {string.Join(' ', Enumerable.Range(0, terms).Select(i => $"a:h{i}.test"))} ?all";
        Assert.Equal(result, await ResultAsync(new FakeResolver($"d.test TXT {record}")));
    }

    [Theory]
    [InlineData(10, "pass")]
    [InlineData(11, "permerror")]
    public async Task Ten_mail_exchangers_may_be_asked(int count, string result)
    {
        var exchangers = Enumerable.Range(1, count).Select(i => $"d.test MX {i} mx.test");
        var resolver = new FakeResolver(["d.test TXT v=spf1 mx -all", "mx.test A 192.0.2.1", .. exchangers]);
        Assert.Equal(result, await ResultAsync(resolver));
    }

    [Fact]
    public async Task All_addresses_of_a_host_count()
    {
        var addresses = Enumerable.Range(1, 100).Select(i => $"d.test A 192.0.2.{i}");
        await using var server = FakeDnsServer.Start(["d.test TXT v=spf1 a -all", .. addresses]);
        using var resolver = new DnsResolver(new ResolverOptions { Servers = [server.EndPoint] }, TimeProvider.System);
        Assert.Equal("pass", await ResultAsync(resolver, "192.0.2.100"));
    }

    [Theory]
    [InlineData("v=spf1 include:d.test -all")]
    [InlineData("v=spf1 redirect=d.test")]
    public async Task A_loop_ends(string record) =>
        Assert.Equal("permerror", await ResultAsync(new FakeResolver($"d.test TXT {record}")));

    [Theory]
    [InlineData("d.test")]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("[192.0.2.1]")]
    [InlineData("a..test")]
    [InlineData("\0\r\n")]
    public async Task A_sender_without_a_domain_that_has_a_record_is_none(string domain)
    {
        var verdict = await CheckAsync(new FakeResolver(), "192.0.2.1", $"someone@{domain}");
        Assert.Equal(SpfResult.None, verdict.Result);
    }

    [Fact]
    public async Task A_notice_is_checked_by_the_name_of_the_client()
    {
        var resolver = new FakeResolver(
            "helo.test TXT v=spf1 exists:%{l}.%{o} -all", "postmaster.helo.test A 127.0.0.2");
        var verdict = await CheckAsync(resolver, "192.0.2.1", "");
        Assert.Equal((SpfResult.Pass, "helo.test"), (verdict.Result, verdict.Domain));
    }

    // RFC 8616 §4: U-labels are looked up as A-labels; a local part that is not ASCII matches nothing.
    [Theory]
    [InlineData("someone@例え.テスト", "pass")]
    [InlineData("誰か@例え.テスト", "fail")]
    public async Task International_senders_are_checked(string sender, string result)
    {
        var resolver = new FakeResolver(
            "xn--r8jz45g.xn--zckzah TXT v=spf1 exists:%{l}.%{d} -all", "someone.xn--r8jz45g.xn--zckzah A 127.0.0.2");
        var verdict = await CheckAsync(resolver, "192.0.2.1", sender);
        Assert.Equal(result, Word(verdict));
    }

    [Theory]
    [InlineData("%{i} is not ours; %{c} %{r} %{t}%%%_%-", "192.0.2.1 is not ours; 192.0.2.1 mx.test 1000%%%20")]
    [InlineData("%{L}: %{o2}, %{dr}", "a%26b: d.test, test.d")]
    [InlineData("%{x}", null)]
    [InlineData("% ", null)]
    [InlineData("日本語", null)]
    public async Task The_text_for_those_who_are_refused_is_expanded(string published, string? expected)
    {
        var resolver = new FakeResolver("d.test TXT v=spf1 exp=why.d.test -all", $"why.d.test TXT {published}");
        var verdict = await CheckAsync(resolver, "192.0.2.1", "a&b@d.test");
        Assert.Equal(expected?.Replace("%%%20", "% %20", StringComparison.Ordinal), verdict.Explanation);
    }

    [Theory]
    [InlineData("v=spf1 include:inner.test -all", null)]
    [InlineData("v=spf1 redirect=inner.test", "inner")]
    public async Task The_text_is_that_of_the_record_that_decides(string record, string? expected)
    {
        var resolver = new FakeResolver(
            $"d.test TXT {record}", "inner.test TXT v=spf1 exp=why.test -all", "why.test TXT inner");
        Assert.Equal(expected, (await CheckAsync(resolver, "192.0.2.1", "a@d.test")).Explanation);
    }

    [Fact]
    public async Task A_check_takes_twenty_seconds_at_most()
    {
        var clock = new FakeTimeProvider();
        var checker = new SpfChecker(new SilentResolver(), clock, "mx.test");
        var request = new SpfRequest(IPAddress.Loopback, "helo.test", "a@d.test");
        var check = checker.CheckAsync(request, TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(19.9));
        Assert.False(check.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(SpfResult.TempError, (await check).Result);
    }

    [Fact]
    public void Records_and_texts_of_any_kind_are_read_without_an_exception()
    {
        string[] pieces =
        [
            " ", "a", "mx", "ptr", "ip4", "ip6", "exists", "include", "all", "redirect=", "exp=", ":", "/", "//", "%",
            "{", "}", "%{d}", "%{ir}", "%{p", "r", "12", "0", ".", "-", "~", "=", "d.test", "192.0.2.1", "::1", "é",
            "\0", "\r\n",
        ];
        Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[0, 12].Sample(
            parts =>
            {
                var record = "v=spf1 " + string.Concat(parts);
                var resolver = new FakeResolver(new FakeDnsZone());
                resolver.Zone.Add("d.test", new FakeDnsRecord("TXT", record, TimeSpan.FromMinutes(5)));
                resolver.Zone.Add("d.test", new FakeDnsRecord("A", "192.0.2.9", TimeSpan.FromMinutes(5)));
                var result = ResultAsync(resolver).GetAwaiter().GetResult();
                return result != "none";
            },
            iter: 20_000, threads: 1);
    }

    private static async Task<string> ResultAsync(IResolver resolver, string client = "192.0.2.1") =>
        Word(await CheckAsync(resolver, client, "someone@d.test"));

    private static Task<SpfVerdict> CheckAsync(IResolver resolver, string client, string sender)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1000));
        var request = new SpfRequest(IPAddress.Parse(client), "helo.test", sender);
        return new SpfChecker(resolver, clock, "mx.test").CheckAsync(request, TestContext.Current.CancellationToken);
    }

    private static string Word(SpfVerdict verdict) => verdict.Result.ToString().ToLowerInvariant();

    /// <summary>Never answers.</summary>
    private sealed class SilentResolver : IResolver
    {
        public bool IsDown => false;

        public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string domain, CancellationToken cancel) =>
            NeverAsync<MxRecord>(cancel);

        public ValueTask<DnsAnswer<IPAddress>> FindIPv4Async(string host, CancellationToken cancel) =>
            NeverAsync<IPAddress>(cancel);

        public ValueTask<DnsAnswer<IPAddress>> FindIPv6Async(string host, CancellationToken cancel) =>
            NeverAsync<IPAddress>(cancel);

        public ValueTask<DnsAnswer<string>> FindTextAsync(string name, CancellationToken cancel) =>
            NeverAsync<string>(cancel);

        public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancel) =>
            NeverAsync<TlsaRecord>(cancel);

        public ValueTask<DnsAnswer<string>> FindNamesAsync(IPAddress address, CancellationToken cancel) =>
            NeverAsync<string>(cancel);

        private static async ValueTask<DnsAnswer<T>> NeverAsync<T>(CancellationToken cancel)
        {
            var never = new TaskCompletionSource<DnsAnswer<T>>();
            return await never.Task.WaitAsync(cancel);
        }
    }
}
