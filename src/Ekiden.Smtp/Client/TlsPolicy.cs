using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ekiden.Smtp.Client;

/// <summary>How one handshake judges the server's certificate.</summary>
/// <remarks>
/// TLS 1.2 and 1.3 (reliability.md §5.4). Below <see cref="TlsLevel.Verified"/> any certificate will do: no chain is
/// built from the system's store and nothing is fetched. The runtime caches the OpenSSL context by itself as long as no
/// cipher policy is set.
/// </remarks>
internal sealed class TlsPolicy(SmtpTarget target, TlsLevel level, SmtpClientOptions options)
{
    // With no roots to search and nothing to fetch, building a chain costs next to nothing.
    private static readonly X509ChainPolicy AnyChain = new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        VerificationFlags = X509VerificationFlags.AllFlags,
        DisableCertificateDownloads = true,
    };

    /// <summary>Why the certificate was not accepted; null when it was, or none was shown.</summary>
    public string? Objection { get; private set; }

    public SslClientAuthenticationOptions ToOptions() => new()
    {
        TargetHost = target.HostName.TrimEnd('.'),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = level == TlsLevel.Verified ? ChainToRoots() : AnyChain,
        RemoteCertificateValidationCallback = Judge,
    };

    /// <summary>What to record about a handshake that succeeded.</summary>
    public TlsSession Describe(SslStream stream) => new(
        stream.SslProtocol,
        stream.NegotiatedCipherSuite,
        level == TlsLevel.Verified,
        stream.RemoteCertificate is { } certificate
            ? Convert.ToHexStringLower(SHA256.HashData(certificate.GetRawCertData()))
            : null);

    private X509ChainPolicy ChainToRoots()
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck };
        if (options.TrustedRoots is not { } roots) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (level != TlsLevel.Verified || errors == SslPolicyErrors.None) return true;
        Objection = errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? "the server shows no certificate"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                ? $"the certificate is not for {target.HostName}"
                : $"the certificate does not verify: {ChainProblem(chain)}";
        return false;
    }

    private static string ChainProblem(X509Chain? chain) =>
        chain is null ? "no chain" : string.Join(", ", chain.ChainStatus.Select(status => status.Status.ToString()));
}
