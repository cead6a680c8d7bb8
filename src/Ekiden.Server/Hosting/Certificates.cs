using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ekiden.Server.Hosting;

/// <summary>The certificate that listeners show: from the settings' PEM files, or a self-signed one kept in the data
/// directory.</summary>
internal static class Certificates
{
    private const string SelfSignedFile = "self-signed.pem";

    /// <summary>Reads certificate chain and key from PEM.</summary>
    /// <exception cref="CryptographicException">The texts hold no certificate with its key.</exception>
    public static SslStreamCertificateContext Read(string chainPem, string keyPem)
    {
        using var pem = X509Certificate2.CreateFromPem(chainPem, keyPem);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(chainPem);
        return Context(pem, chain);
    }

    /// <summary>The self-signed certificate of this data directory, made when there is none or it is about to
    /// expire.</summary>
    public static SslStreamCertificateContext SelfSigned(DataDirectory data, string hostName, TimeProvider clock)
    {
        var path = data.PathOf(SelfSignedFile);
        if (File.Exists(path))
        {
            using var kept = X509Certificate2.CreateFromPemFile(path);
            var isFresh = kept.NotAfter.ToUniversalTime() > clock.GetUtcNow().AddDays(30).UtcDateTime;
            if (isFresh && kept.MatchesHostname(hostName)) return Context(kept, []);
        }
        using var made = Make(hostName, clock.GetUtcNow());
        using var key = made.GetECDsaPrivateKey()!; // Make gave it one
        data.WriteSecret(SelfSignedFile, $"{made.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return Context(made, []);
    }

    private static X509Certificate2 Make(string hostName, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={hostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(hostName);
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, false));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(2));
    }

    // OpenSSL keeps keys only of certificates that went through a PFX; offline: no fetching of missing intermediates.
    private static SslStreamCertificateContext Context(X509Certificate2 pem, X509Certificate2Collection chain) =>
        SslStreamCertificateContext.Create(
            X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), null), chain, offline: true);
}
