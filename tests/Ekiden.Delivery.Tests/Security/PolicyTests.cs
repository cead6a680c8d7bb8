using System.Security.Cryptography;
using Ekiden.Testing;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>MTA-STS (RFC 8461) and DANE (RFC 7672) on the way out, over real TLS.</summary>
public sealed class PolicyTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    [Fact]
    public async Task A_host_that_the_policy_does_not_name_is_not_connected_to()
    {
        await using var world = Start(new TlsWorldOptions { Policy = TlsWorld.Policy("enforce", "mx.other.test") });
        Assert.Equal("waits 4.7.0", await world.SendAsync());
        Assert.Equal(0, world.Mx.Connections);
    }

    [Fact]
    public async Task A_policy_in_testing_changes_nothing_for_a_host_that_it_does_not_name()
    {
        await using var world = Start(new TlsWorldOptions { Policy = TlsWorld.Policy("testing", "mx.other.test") });
        Assert.Equal("encrypted", await world.SendAsync());
    }

    // The mail of e.test goes to the same hosts, and e.test asks for nothing.
    [Fact]
    public async Task A_policy_does_not_block_the_neighbours()
    {
        await using var world = TlsWorld.Start(
            new FakeMxPolicy(), _authority, // no TLS at all
            new TlsWorldOptions { Policy = TlsWorld.Policy("enforce"), Lines = ["e.test MX 10 mx.d.test"] });
        Assert.Equal("waits 4.7.5", await world.SendAsync());
        Assert.Equal("clear", await world.SendAsync(to: "bert@e.test"));
    }

    [Fact]
    public async Task A_connection_of_a_domain_without_policy_carries_no_mail_of_one_with()
    {
        await using var world = Start(new TlsWorldOptions
        {
            Policy = TlsWorld.Policy("enforce"),
            Lines = ["e.test MX 10 mx.d.test", "f.test MX 10 mx.d.test", "_mta-sts.f.test TXT v=STSv1; id=7"],
        });
        Assert.Equal("encrypted", await world.SendAsync(to: "bert@e.test"));
        Assert.Equal("verified", await world.SendAsync());
        Assert.Equal(2, world.Mx.Connections);
        // the policy of f.test asks for the same, so it shares the second
        Assert.Equal("verified", await world.SendAsync(to: "cora@f.test"));
        Assert.Equal(2, world.Mx.Connections);
    }

    [Theory]
    [InlineData("!SERVFAIL")]
    [InlineData("!TIMEOUT")]
    [InlineData("!MALFORMED")]
    public async Task Records_that_cannot_be_had_are_not_taken_for_absent(string answer)
    {
        await using var world = Start(new TlsWorldOptions { IsSigned = true, Tlsa = answer });
        Assert.Equal("waits 4.7.5", await world.SendAsync());
        Assert.Equal(0, world.Mx.Connections);
    }

    [Theory]
    [InlineData("0 0 1")]
    [InlineData("1 1 1")]
    [InlineData("3 1 3")]
    [InlineData("3 2 1")]
    [InlineData("4 1 1")]
    public async Task Unusable_records_ask_for_encryption_by_whomever(string record)
    {
        var options = new TlsWorldOptions { IsSigned = true, Tlsa = $"{record} {new string('A', 64)}" };
        await using var world = Start(options);
        Assert.Equal("encrypted", await world.SendAsync());
        await using var clear = TlsWorld.Start(new FakeMxPolicy(), _authority, options);
        Assert.Equal("waits 4.7.5", await clear.SendAsync());
    }

    // RFC 7672 §2.2.1: not from a signed answer all the way.
    [Theory]
    [InlineData("d.test")]
    [InlineData("mx.d.test")]
    public async Task Records_behind_an_unsigned_answer_do_not_count(string unsigned)
    {
        var resolver = new FakeResolver { IsAuthenticated = true };
        resolver.Unsigned[unsigned] = true;
        await using var world = Start(new TlsWorldOptions { Resolver = resolver });
        resolver.Zone = FakeDnsZone.Parse(
        [
            "d.test MX 10 mx.d.test", "mx.d.test A 127.0.0.1",
            $"_{world.Mx.Address.Port}._tcp.mx.d.test TLSA 3 1 1 {new string('A', 64)}",
        ]);
        Assert.Equal("encrypted", await world.SendAsync());
    }

    // RFC 7672 §2.2.3.
    [Theory]
    [InlineData("real.d.test", "verified")]
    [InlineData("mx.d.test", "verified")]
    public async Task Records_count_at_the_end_of_the_aliases_and_at_the_name(string owner, string expected)
    {
        using var certificate = _authority.Issue("mx.elsewhere.test");
        var resolver = new FakeResolver { IsAuthenticated = true };
        await using var world = TlsWorld.Start(
            new FakeMxPolicy { Certificate = certificate }, _authority, new TlsWorldOptions { Resolver = resolver });
        var port = world.Mx.Address.Port;
        var key = Convert.ToHexString(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        resolver.Zone = FakeDnsZone.Parse(
        [
            "d.test MX 10 mx.d.test", "mx.d.test CNAME real.d.test", "real.d.test A 127.0.0.1",
            $"_{port}._tcp.{owner} TLSA 3 1 1 {key}",
        ]);
        Assert.Equal(expected, await world.SendAsync());
    }

    // RFC 8461 §2.
    [Fact]
    public async Task DANE_decides_where_a_domain_has_both()
    {
        using var certificate = _authority.Issue("mx.elsewhere.test");
        await using var good = TlsWorld.Start(
            new FakeMxPolicy { Certificate = certificate }, _authority, new TlsWorldOptions
            {
                IsSigned = true,
                Policy = TlsWorld.Policy("enforce"),
                Tlsa = "3 0 1 " + Convert.ToHexString(SHA256.HashData(certificate.RawData)),
            });
        Assert.Equal("verified", await good.SendAsync());
        await using var bad = Start(new TlsWorldOptions
        {
            IsSigned = true,
            Policy = TlsWorld.Policy("enforce"),
            Tlsa = "3 0 1 " + new string('A', 64),
        });
        Assert.Equal("waits 4.7.5", await bad.SendAsync());
    }

    // RFC 8689 §4.2.1.
    [Theory]
    [InlineData(true, true, "verified")]
    [InlineData(true, false, "fails 5.7.30")]
    [InlineData(false, true, "fails 5.7.30")]
    public async Task REQUIRETLS_needs_certain_hosts_and_their_promise(bool isSigned, bool promises, string expected)
    {
        var usual = new FakeMxPolicy();
        using var certificate = _authority.Issue("mx.d.test");
        await using var world = TlsWorld.Start(
            usual with
            {
                Certificate = certificate,
                Extensions = promises ? [.. usual.Extensions, "REQUIRETLS"] : usual.Extensions,
            },
            _authority, new TlsWorldOptions { IsSigned = isSigned });
        Assert.Equal(expected, await world.SendAsync(requireTls: true));
        if (expected != "verified") Assert.Empty(world.Mx.Messages);
        else Assert.Contains("REQUIRETLS", Assert.Single(world.Mx.Messages).SenderParameters, StringComparison.Ordinal);
    }

    public void Dispose() => _authority.Dispose();

    private TlsWorld Start(TlsWorldOptions options)
    {
        var certificate = _authority.Issue("mx.d.test");
        return TlsWorld.Start(new FakeMxPolicy { Certificate = certificate }, _authority, options);
    }
}
