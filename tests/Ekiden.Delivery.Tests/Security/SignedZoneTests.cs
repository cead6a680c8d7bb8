using System.Security.Cryptography;
using Ekiden.Dns;
using Ekiden.Testing;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>DANE with a signed zone, a real name server and a real validating resolver.</summary>
[Trait("needs", "outside")]
public sealed class SignedZoneTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Mail_goes_to_the_server_that_fits_its_record_and_to_no_other()
    {
        using var certificate = _authority.Issue("whatever.test");
        var mx = FakeMx.Start(new FakeMxPolicy { Certificate = certificate });
        var key = Convert.ToHexString(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        await using var zone = await SignedZone.StartAsync(
        [
            "@ MX 10 mx", "mx A 127.0.0.1", $"_{mx.Address.Port}._tcp.mx TLSA 3 1 1 {key}",
            "other MX 10 mx.other", "mx.other A 127.0.0.1",
            $"_{mx.Address.Port}._tcp.mx.other TLSA 3 1 1 {new string('A', 64)}",
        ]);
        using var resolver = Validating(zone);
        await using var world = TlsWorld.Start(mx, _authority, new TlsWorldOptions { Resolver = resolver });
        Assert.Equal("verified", await world.SendAsync());
        Assert.Equal("waits 4.7.5", await world.SendAsync(to: "bert@other.d.test"));
        Assert.Single(mx.Messages);
    }

    [Fact]
    public async Task Records_that_were_tampered_with_hold_mail_back()
    {
        using var certificate = _authority.Issue("mx.d.test");
        var mx = FakeMx.Start(new FakeMxPolicy { Certificate = certificate });
        var (right, wrong) = (new string('A', 64), new string('B', 64));
        await using var zone = await SignedZone.StartAsync(
            ["@ MX 10 mx", "mx A 127.0.0.1", $"_{mx.Address.Port}._tcp.mx TLSA 3 1 1 {right}"],
            line => line.Contains("IN\tTLSA", StringComparison.Ordinal)
                ? line.Replace(right, wrong, StringComparison.OrdinalIgnoreCase)
                : line);
        using var resolver = Validating(zone);
        Assert.IsType<DnsAnswer<TlsaRecord>.Failed>(
            await resolver.FindTlsaAsync($"_{mx.Address.Port}._tcp.mx.d.test", Cancel));
        await using var world = TlsWorld.Start(mx, _authority, new TlsWorldOptions { Resolver = resolver });
        Assert.Equal("waits 4.7.5", await world.SendAsync());
        Assert.Equal(0, mx.Connections);
    }

    [Fact]
    public async Task An_answer_is_vouched_for_whether_there_is_a_record_or_not()
    {
        await using var zone = await SignedZone.StartAsync(["@ MX 10 mx", "mx CNAME real", "real A 127.0.0.1"]);
        using var resolver = Validating(zone);
        var exchangers = await resolver.FindMxAsync("d.test", Cancel);
        Assert.True(exchangers is DnsAnswer<MxRecord>.Found { IsAuthenticated: true });
        var address = await resolver.FindIPv4Async("mx.d.test", Cancel);
        Assert.True(address is DnsAnswer<System.Net.IPAddress>.Found { IsAuthenticated: true, Alias: "real.d.test" });
        Assert.True((await resolver.FindTlsaAsync("_25._tcp.mx.d.test", Cancel))
            is DnsAnswer<TlsaRecord>.NoSuchDomain { IsAuthenticated: true });
    }

    public void Dispose() => _authority.Dispose();

    private static DnsResolver Validating(SignedZone zone) => new(
        new ResolverOptions { Servers = [zone.Resolver], TrustAuthenticatedData = true }, TimeProvider.System);
}
