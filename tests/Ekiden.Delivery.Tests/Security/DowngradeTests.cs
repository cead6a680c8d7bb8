using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ekiden.Smtp.Client;
using Ekiden.Testing;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>What becomes of mail when something is in the way of TLS: a row for it, a column for the policy.</summary>
public sealed class DowngradeTests
{
    // clear, encrypted (by whomever), verified, waits: with 4.7.5, and nothing was sent
    private const string Table = """
        receiver     none      testing   enforce  dane-ee  dane-ta  requiretls no-tls opportunistic required  verified
        good         encrypted encrypted verified verified verified verified   clear  encrypted     encrypted verified
        stripped     clear     clear     waits    waits    waits    waits      clear  clear         waits     waits
        plaintext    clear     clear     waits    waits    waits    waits      clear  clear         waits     waits
        wrong-issuer encrypted encrypted waits    verified waits    waits      clear  encrypted     encrypted waits
        wrong-name   encrypted encrypted waits    verified waits    waits      clear  encrypted     encrypted waits
        expired      encrypted encrypted waits    verified waits    waits      clear  encrypted     encrypted waits
        another-key  encrypted encrypted verified waits    verified verified   clear  encrypted     encrypted verified
        """;

    public static TheoryData<string, string, string> Cells()
    {
        var rows = Table.Split('\n').Select(
            line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToArray();
        var cells = new TheoryData<string, string, string>();
        foreach (var row in rows.Skip(1))
            for (var column = 1; column < row.Length; column++) cells.Add(row[0], rows[0][column], row[column]);
        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Mail_is_never_sent_with_less_than_its_policy_asks(string receiver, string policy, string expected)
    {
        using var authority = new TestAuthority();
        using var certificate = Certificate(receiver, authority);
        await using var world = TlsWorld.Start(
            Receiver(receiver, certificate), authority, Options(policy, receiver, certificate, authority));
        var result = await world.SendAsync(requireTls: policy == "requiretls");
        Assert.Equal(expected == "waits" ? "waits 4.7.5" : expected, result);
        if (expected == "waits") Assert.Empty(world.Mx.Messages);
        else Assert.Equal(expected != "clear", Assert.Single(world.Mx.Messages).IsEncrypted);
    }

    private static X509Certificate2 Certificate(string receiver, TestAuthority authority)
    {
        using var stranger = new TestAuthority();
        return receiver switch
        {
            "wrong-issuer" => stranger.Issue("mx.d.test"),
            "wrong-name" => authority.Issue("mx.other.test"),
            "expired" => authority.Issue("mx.d.test", days: -1),
            _ => authority.Issue("mx.d.test"),
        };
    }

    private static FakeMxPolicy Receiver(string receiver, X509Certificate2 certificate)
    {
        var usual = new FakeMxPolicy();
        string[] extensions = [.. usual.Extensions, "REQUIRETLS"];
        return receiver switch
        {
            // what a man in the middle makes of the offer
            "stripped" => usual with { Extensions = [.. usual.Extensions, "XXXXXXXA"] },
            // offered, and then refused
            "plaintext" => usual with { Extensions = [.. usual.Extensions, "STARTTLS"] },
            _ => usual with { Extensions = extensions, Certificate = certificate },
        };
    }

    private static TlsWorldOptions Options(
        string policy, string receiver, X509Certificate2 certificate, TestAuthority authority) => policy switch
        {
            "none" => new TlsWorldOptions(),
            "testing" or "enforce" => new TlsWorldOptions { Policy = TlsWorld.Policy(policy) },
            "dane-ee" => new TlsWorldOptions
            {
                IsSigned = true,
                Tlsa = "3 1 1 " + Convert.ToHexString(receiver == "another-key"
                    ? RandomNumberGenerator.GetBytes(32)
                    : SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())),
            },
            "dane-ta" => new TlsWorldOptions
            {
                IsSigned = true,
                Tlsa = "2 0 0 " + Convert.ToHexString(authority.Root.RawData),
            },
            "requiretls" => new TlsWorldOptions { IsSigned = true },
            _ => new TlsWorldOptions
            {
                RouteLevel = policy == "no-tls" ? TlsLevel.None : Enum.Parse<TlsLevel>(policy, ignoreCase: true),
            },
        };
}
