using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ekiden.Smtp.Server;

/// <summary>TLS as a listener speaks it: reliability C-R4, C-R5, §5.4.</summary>
/// <param name="certificate">The certificate of a host name; asked at every handshake.</param>
/// <param name="allowsResumption">Tickets break some senders on port-25 type listeners, so only submission has
/// them.</param>
internal sealed class TlsSettings(Func<string?, SslStreamCertificateContext> certificate, bool allowsResumption)
{
    // TLS 1.2 only with ECDHE and AEAD; the suites of 1.3 are all good.
    private static readonly CipherSuitesPolicy? Suites = OperatingSystem.IsWindows() ? null : new(
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]);

    // One options object for each certificate in use: the runtime caches what it makes of it. A reload adds one entry.
    private readonly ConcurrentDictionary<SslStreamCertificateContext, SslServerAuthenticationOptions> _options = new();

    /// <summary>Shakes hands. Throws what SslStream throws.</summary>
    public async ValueTask<TlsState> HandshakeAsync(SslStream tls, CancellationToken cancel)
    {
        SslStreamCertificateContext? chosen = null;
        await tls.AuthenticateAsServerAsync(
            (_, hello, _, _) =>
            {
                chosen = certificate(string.IsNullOrEmpty(hello.ServerName) ? null : hello.ServerName);
                return ValueTask.FromResult(_options.GetOrAdd(chosen, Create));
            },
            null,
            cancel);
        return new TlsState(
            NameOf(tls.SslProtocol),
            tls.NegotiatedCipherSuite.ToString(),
            chosen is null ? default : EndPointBinding(chosen.TargetCertificate));
    }

    private SslServerAuthenticationOptions Create(SslStreamCertificateContext context) => new()
    {
        ServerCertificateContext = context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = Suites,
        AllowRenegotiation = false,
        AllowTlsResume = allowsResumption,
        ClientCertificateRequired = false,
    };

    private static string NameOf(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "TLSv1.3",
        SslProtocols.Tls12 => "TLSv1.2",
        _ => protocol.ToString(),
    };

    // RFC 5929 §4.1: the hash of the certificate's signature, but at least SHA-256; undefined where there is none.
    private static ReadOnlyMemory<byte> EndPointBinding(X509Certificate2 certificate) =>
        certificate.SignatureAlgorithm.Value switch
        {
            "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" // RSA with MD5, SHA-1
                or "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => SHA256.HashData(certificate.RawData),
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(certificate.RawData),
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(certificate.RawData),
            _ => default(ReadOnlyMemory<byte>),
        };
}
