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

    private readonly bool _isVerifying = level == TlsLevel.Verified;

    /// <summary>
    /// What is wrong with the certificate; null when nothing is, or nobody asked. Below <see cref="TlsLevel.Verified"/>
    /// it has no consequence.
    /// </summary>
    public CertificateObjection? Objection { get; private set; }

    private bool ChecksChain => target.Judge is null && (_isVerifying || target.NotesCertificate);

    public SslClientAuthenticationOptions ToOptions() => new()
    {
        TargetHost = target.HostName.TrimEnd('.'),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = ChecksChain ? ChainToRoots() : AnyChain,
        RemoteCertificateValidationCallback = Judge,
    };

    /// <summary>What to record about a handshake that succeeded.</summary>
    public TlsSession Describe(SslStream stream) => new(
        stream.SslProtocol,
        stream.NegotiatedCipherSuite,
        _isVerifying,
        stream.RemoteCertificate is { } certificate
            ? Convert.ToHexStringLower(SHA256.HashData(certificate.GetRawCertData()))
            : null)
    {
        Objection = Objection,
    };

    private X509ChainPolicy ChainToRoots()
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        if (options.TrustedRoots is not { } roots) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (!_isVerifying && !target.NotesCertificate) return true;
        Objection = certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable)
            ? new CertificateObjection(CertificateFault.Missing, "the server shows no certificate")
            : target.Judge is { } judge ? judge.Judge(Presented(certificate, chain)) : Object(chain, errors);
        return Objection is null || !_isVerifying;
    }

    // The runtime puts what the server sent beside its own certificate into the extra store of the chain.
    private static List<X509Certificate2> Presented(X509Certificate certificate, X509Chain? chain) =>
        [(X509Certificate2)certificate, .. chain?.ChainPolicy.ExtraStore ?? []];

    private CertificateObjection? Object(X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return null;
        var faults = chain?.ChainStatus.Select(status => status.Status).ToList() ?? [];
        if (faults.Contains(X509ChainStatusFlags.NotTimeValid))
            return new CertificateObjection(CertificateFault.Expired, "the certificate is over, or has not begun");
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? new CertificateObjection(
                CertificateFault.WrongName, $"the certificate is not for {target.HostName}")
            : new CertificateObjection(
                CertificateFault.NotTrusted, $"the certificate does not verify: {string.Join(", ", faults)}");
    }
}
