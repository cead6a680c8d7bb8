using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ekiden.Testing;

/// <summary>A certificate authority that lives as long as a test.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Makes a root.</summary>
    public TestAuthority()
    {
        var request = new CertificateRequest("CN=Ekiden test root", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Root = request.CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-2), TimeProvider.System.GetUtcNow().AddDays(30));
    }

    /// <summary>The root, for those who are to trust it.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>The root as a collection.</summary>
    public X509Certificate2Collection Roots => [Root];

    /// <summary>A server certificate for a name or address, valid from yesterday for some days.</summary>
    /// <param name="days">Negative: expired by now.</param>
    public X509Certificate2 Issue(string hostName, int days = 10)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={hostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(hostName, out var address)) names.AddIpAddress(address);
        else names.AddDnsName(hostName);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        var issued = request.Create(
            Root, now.AddDays(-1.5), days < 0 ? now.AddDays(-1) : now.AddDays(days), RandomNumberGenerator.GetBytes(8));
        using (issued) return issued.CopyWithPrivateKey(key);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Root.Dispose();
        _key.Dispose();
    }
}
