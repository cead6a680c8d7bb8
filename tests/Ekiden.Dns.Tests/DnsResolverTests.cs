using System.Collections.Immutable;
using System.Net;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Dns.Tests;

/// <summary>The resolver against a name server on loopback: reliability I-R1 to I-R5, T1, T2, T3, T4, T8.</summary>
public sealed class DnsResolverTests
{
    // DnsClient waits by the real clock
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_of_every_type_are_found()
    {
        await using var server = FakeDnsServer.Start(
            "d.test MX 20 b.d.test", "d.test MX 10 A.d.test", "d.test TXT v=spf1 -all",
            "a.d.test A 198.18.0.1", "a.d.test AAAA 2001:db8::1", "_25._tcp.a.d.test TLSA 3 1 1 0102",
            "1.0.18.198.in-addr.arpa PTR a.d.test");
        using var resolver = Resolver(server);

        var exchangers = Found(await resolver.FindMxAsync("d.test", Cancel));
        Assert.Equal([new MxRecord(10, "a.d.test"), new MxRecord(20, "b.d.test")], exchangers.Records);
        Assert.Equal(TimeSpan.FromSeconds(300), exchangers.TimeToLive);
        Assert.Equal([IPAddress.Parse("198.18.0.1")], Found(await resolver.FindIPv4Async("a.d.test", Cancel)).Records);
        Assert.Equal([IPAddress.Parse("2001:db8::1")], Found(await resolver.FindIPv6Async("A.D.test", Cancel)).Records);
        Assert.Equal(["v=spf1 -all"], Found(await resolver.FindTextAsync("d.test", Cancel)).Records);
        Assert.Equal(["a.d.test"], Found(await resolver.FindNamesAsync(IPAddress.Parse("198.18.0.1"), Cancel)).Records);
        var tlsa = Assert.Single(Found(await resolver.FindTlsaAsync("_25._tcp.a.d.test", Cancel)).Records);
        Assert.Equal((3, 1, 1), (tlsa.Usage, tlsa.Selector, tlsa.Matching));
        Assert.Equal([1, 2], tlsa.Data);
    }

    [Fact]
    public async Task International_names_are_found_and_given_as_they_are_on_the_wire()
    {
        await using var server = FakeDnsServer.Start(
            "xn--r8jz45g.test CNAME xn--wgv71a.test", "xn--wgv71a.test MX 10 mx.xn--wgv71a.test",
            "mx.xn--wgv71a.test A 198.18.0.1", "1.0.18.198.in-addr.arpa PTR mx.xn--wgv71a.test");
        using var resolver = Resolver(server);

        var exchangers = Found(await resolver.FindMxAsync("xn--r8jz45g.test", Cancel));
        var exchanger = Assert.Single(exchangers.Records);
        Assert.Equal("mx.xn--wgv71a.test", exchanger.Host);
        Assert.Equal(
            [IPAddress.Parse("198.18.0.1")], Found(await resolver.FindIPv4Async(exchanger.Host, Cancel)).Records);
        var names = await resolver.FindNamesAsync(IPAddress.Parse("198.18.0.1"), Cancel);
        Assert.Equal(["mx.xn--wgv71a.test"], Found(names).Records);
    }

    // I-R1: none of these is "there is no MX".
    [Theory]
    [InlineData("!SERVFAIL", DnsFailure.ServerFailure)]
    [InlineData("!REFUSED", DnsFailure.Refused)]
    [InlineData("!TIMEOUT", DnsFailure.Timeout)]
    [InlineData("!TRUNCATED", null)]
    [InlineData("!MALFORMED", DnsFailure.Malformed)]
    public async Task A_question_that_fails_says_nothing_about_the_name(string answer, DnsFailure? reason)
    {
        await using var server = FakeDnsServer.Start($"d.test MX {answer}", "d.test A 198.18.0.9");
        using var resolver = new DnsResolver(Options(server.EndPoint) with { Timeout = Short }, _clock);

        var failed = Assert.IsType<DnsAnswer<MxRecord>.Failed>(await resolver.FindMxAsync("d.test", Cancel));

        if (reason is not null) Assert.Equal(reason, failed.Reason);
        Assert.All(server.Questions, question => Assert.Equal("d.test MX", question));
    }

    [Fact]
    public async Task A_server_that_is_away_is_a_failure()
    {
        var server = FakeDnsServer.Start("d.test MX 10 a.test");
        var endPoint = server.EndPoint;
        await server.DisposeAsync();
        using var resolver = new DnsResolver(Options(endPoint), _clock);

        Assert.IsType<DnsAnswer<MxRecord>.Failed>(await resolver.FindMxAsync("d.test", Cancel));
    }

    [Fact]
    public async Task A_name_without_the_type_and_a_name_that_is_not_there_are_told_apart()
    {
        await using var server = FakeDnsServer.Start("d.test A 198.18.0.9", "x.test MX !NXDOMAIN");
        using var resolver = Resolver(server);

        var none = Assert.IsType<DnsAnswer<MxRecord>.NoData>(await resolver.FindMxAsync("d.test", Cancel));
        Assert.Equal(TimeSpan.FromMinutes(5), none.TimeToLive);
        Assert.IsType<DnsAnswer<MxRecord>.NoSuchDomain>(await resolver.FindMxAsync("gone.test", Cancel));
        Assert.IsType<DnsAnswer<MxRecord>.NoSuchDomain>(await resolver.FindMxAsync("x.test", Cancel));
    }

    [Fact]
    public async Task A_null_MX_is_one_of_the_records()
    {
        await using var server = FakeDnsServer.Start("d.test MX 0 .", "e.test MX 0 .", "e.test MX 10 a.test");
        using var resolver = Resolver(server);

        Assert.True(Assert.Single(Found(await resolver.FindMxAsync("d.test", Cancel)).Records).IsNull);
        var both = Found(await resolver.FindMxAsync("e.test", Cancel)).Records;
        Assert.Equal([true, false], both.Select(record => record.IsNull));
    }

    [Fact]
    public async Task A_silent_server_is_asked_again_and_the_next_one_too()
    {
        await using var silent = FakeDnsServer.Start("d.test MX !TIMEOUT");
        await using var other = FakeDnsServer.Start("d.test MX 10 a.test");
        using var alone = new DnsResolver(Options(silent.EndPoint) with { Timeout = Short }, _clock);
        using var both = new DnsResolver(Options(silent.EndPoint, other.EndPoint) with { Timeout = Short }, _clock);

        Assert.IsType<DnsAnswer<MxRecord>.Failed>(await alone.FindMxAsync("d.test", Cancel));
        Assert.Equal(3, silent.Questions.Count);
        Assert.IsType<DnsAnswer<MxRecord>.Found>(await both.FindMxAsync("d.test", Cancel));
        Assert.Equal(4, silent.Questions.Count);
    }

    [Fact]
    public async Task A_server_that_refuses_is_asked_once_and_the_next_one_answers()
    {
        await using var refusing = FakeDnsServer.Start("d.test MX !REFUSED", "e.test MX !SERVFAIL");
        await using var other = FakeDnsServer.Start("d.test MX 10 a.test");
        using var alone = new DnsResolver(Options(refusing.EndPoint), _clock);
        using var both = new DnsResolver(Options(refusing.EndPoint, other.EndPoint), _clock);

        await alone.FindMxAsync("d.test", Cancel);
        Assert.Single(refusing.Questions);
        Assert.IsType<DnsAnswer<MxRecord>.Found>(await both.FindMxAsync("d.test", Cancel));
    }

    [Fact]
    public async Task An_answer_over_1232_bytes_comes_by_TCP()
    {
        await using var server = FakeDnsServer.Start($"d.test TXT {new string('x', 2000)}");
        using var resolver = Resolver(server);

        Assert.Equal([new string('x', 2000)], Found(await resolver.FindTextAsync("d.test", Cancel)).Records);
        Assert.Equal(["d.test TXT"], server.TcpQuestions);
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public async Task At_most_8_aliases_are_followed(int aliases, bool isFound)
    {
        var lines = Enumerable.Range(0, aliases).Select(i => $"n{i}.test [60] CNAME n{i + 1}.test");
        await using var server = FakeDnsServer.Start([.. lines, $"n{aliases}.test A 198.18.0.1"]);
        using var resolver = Resolver(server);

        var answer = await resolver.FindIPv4Async("n0.test", Cancel);

        Assert.Equal(isFound, answer is DnsAnswer<IPAddress>.Found { TimeToLive.TotalSeconds: 60 });
        Assert.Equal(!isFound, answer is DnsAnswer<IPAddress>.Failed { Reason: DnsFailure.Malformed });
    }

    [Fact]
    public async Task Aliases_that_turn_round_are_a_failure()
    {
        await using var server = FakeDnsServer.Start("a.test CNAME b.test", "b.test CNAME a.test");
        using var resolver = Resolver(server);

        Assert.IsType<DnsAnswer<IPAddress>.Failed>(await resolver.FindIPv4Async("a.test", Cancel));
    }

    [Fact]
    public async Task A_thousand_exchangers_are_cut_to_the_20_best_and_names_to_10()
    {
        var exchangers = Enumerable.Range(0, 1000).Select(i => $"d.test MX {999 - i} mx{i}.d.test");
        var addresses = Enumerable.Range(0, 100).Select(i => $"a.test A 198.18.1.{i}");
        var names = Enumerable.Range(0, 100).Select(i => $"9.1.18.198.in-addr.arpa PTR a{i}.test");
        await using var server = FakeDnsServer.Start([.. exchangers, .. addresses, .. names]);
        using var resolver = Resolver(server);

        var found = Found(await resolver.FindMxAsync("d.test", Cancel));
        Assert.Equal(Enumerable.Range(0, 20), found.Records.Select(record => record.Preference));
        Assert.Equal(100, Found(await resolver.FindIPv4Async("a.test", Cancel)).Records.Length); // SPF needs them all
        var pointers = await resolver.FindNamesAsync(IPAddress.Parse("198.18.1.9"), Cancel);
        Assert.Equal(10, Found(pointers).Records.Length);
    }

    [Fact]
    public async Task An_answer_is_kept_for_its_time_and_a_failure_for_5_seconds()
    {
        await using var server = FakeDnsServer.Start("d.test [60] MX 10 a.test", "e.test MX !SERVFAIL");
        using var resolver = Resolver(server);

        await resolver.FindMxAsync("d.test", Cancel);
        _clock.Advance(TimeSpan.FromSeconds(59.9));
        await resolver.FindMxAsync("D.TEST", Cancel);
        Assert.Single(server.Questions);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await resolver.FindMxAsync("d.test", Cancel);
        Assert.Equal(2, server.Questions.Count);

        await resolver.FindMxAsync("e.test", Cancel);
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        await resolver.FindMxAsync("e.test", Cancel);
        Assert.Equal(3, server.Questions.Count);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await resolver.FindMxAsync("e.test", Cancel);
        Assert.Equal(4, server.Questions.Count);
    }

    [Theory]
    [InlineData(0, 30)]
    [InlineData(30, 30)]
    [InlineData(31, 31)]
    [InlineData(86_400, 86_400)]
    [InlineData(86_401, 86_400)]
    public async Task A_time_to_live_is_between_30_seconds_and_a_day(int said, int kept)
    {
        await using var server = FakeDnsServer.Start($"d.test [{said}] MX 10 a.test");
        using var resolver = Resolver(server);

        Assert.Equal(TimeSpan.FromSeconds(kept), Found(await resolver.FindMxAsync("d.test", Cancel)).TimeToLive);
    }

    [Fact]
    public async Task One_question_is_on_the_wire_however_many_ask()
    {
        await using var server = FakeDnsServer.Start("d.test MX 10 a.test");
        using var resolver = Resolver(server);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 500).Select(_ => resolver.FindMxAsync("d.test", Cancel).AsTask()));

        Assert.All(answers, answer => Assert.IsType<DnsAnswer<MxRecord>.Found>(answer));
        Assert.Single(server.Questions);
    }

    [Fact]
    public async Task Who_gives_up_does_not_take_the_answer_from_others()
    {
        await using var server = FakeDnsServer.Start("d.test MX 10 a.test");
        using var resolver = Resolver(server);
        using var impatient = new CancellationTokenSource();

        var first = resolver.FindMxAsync("d.test", impatient.Token);
        var second = resolver.FindMxAsync("d.test", Cancel);
        await impatient.CancelAsync();

        Assert.IsType<DnsAnswer<MxRecord>.Found>(await second);
        try
        {
            await first;
        }
        catch (OperationCanceledException)
        {
            // it may have been answered before it gave up
        }
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public async Task The_AD_bit_counts_when_it_is_trusted(bool isTrusted, bool isSet, bool isAuthenticated)
    {
        await using var server = FakeDnsServer.Start("d.test MX 10 a.test");
        server.IsAuthenticated = isSet;
        var options = Options(server.EndPoint) with { TrustAuthenticatedData = isTrusted };
        using var resolver = new DnsResolver(options, _clock);

        Assert.Equal(isAuthenticated, Found(await resolver.FindMxAsync("d.test", Cancel)).IsAuthenticated);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..test")]
    [InlineData(".test")]
    [InlineData("a\0b.test")]
    [InlineData("日本.test")]
    public async Task A_name_that_cannot_exist_is_not_asked_for(string name)
    {
        await using var server = FakeDnsServer.Start("d.test MX 10 a.test");
        using var resolver = Resolver(server);

        Assert.IsType<DnsAnswer<MxRecord>.NoSuchDomain>(await resolver.FindMxAsync(name, Cancel));
        Assert.Empty(server.Questions);
    }

    // RFC 7208 §7.3: macros put local parts into names.
    [Theory]
    [InlineData("a b.test")]
    [InlineData("user+tag=x/y._spf.test")]
    [InlineData("%{}\"'\\@!.test")]
    public async Task A_name_of_any_printable_characters_is_asked_for(string name)
    {
        var zone = new FakeDnsZone();
        zone.Add(name, new FakeDnsRecord("A", "192.0.2.1", TimeSpan.FromMinutes(5)));
        await using var server = FakeDnsServer.Start(zone);
        using var resolver = Resolver(server);

        Assert.Equal(IPAddress.Parse("192.0.2.1"), Found(await resolver.FindIPv4Async(name, Cancel)).Records.Single());
    }

    // I-R8: never a crash, never "there is none".
    [Theory]
    [InlineData("3")]
    [InlineData("3 1")]
    [InlineData("3 1 1")]
    public async Task A_TLSA_record_that_is_too_short_is_never_an_absence(string data)
    {
        await using var server = FakeDnsServer.Start($"a.test TLSA {data}");
        using var resolver = Resolver(server);

        var answer = await resolver.FindTlsaAsync("a.test", Cancel);

        Assert.True(answer is DnsAnswer<TlsaRecord>.Failed or DnsAnswer<TlsaRecord>.Found);
    }

    // T8, bounded: bytes of a good answer changed at random. A wrong answer may come out, an exception may not.
    [Fact]
    public async Task A_spoilt_answer_never_throws()
    {
        var random = new Random(5);
        await using var server = FakeDnsServer.Start("d.test MX 10 a.test", "d.test MX 20 b.test", "d.test TXT text");
        server.Spoil = bytes =>
        {
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                bytes[random.Next(2, bytes.Length)] = (byte)random.Next(256);
            return random.Next(4) == 0 ? bytes[..random.Next(2, bytes.Length)] : bytes;
        };
        var options = Options(server.EndPoint) with { Tries = 1, Timeout = TimeSpan.FromMilliseconds(50) };
        using var resolver = new DnsResolver(options, _clock);

        for (var i = 0; i < 300; i++)
        {
            await resolver.FindMxAsync("d.test", Cancel);
            await resolver.FindTextAsync("d.test", Cancel);
            _clock.Advance(TimeSpan.FromDays(2));
        }
    }

    private static DnsAnswer<T>.Found Found<T>(DnsAnswer<T> answer) => Assert.IsType<DnsAnswer<T>.Found>(answer);

    private DnsResolver Resolver(FakeDnsServer server) => new(Options(server.EndPoint), _clock);

    private static ResolverOptions Options(params ImmutableArray<IPEndPoint> servers) =>
        new() { Servers = servers };
}
