using System.Net.Security;
using System.Security.Authentication;

namespace Ekiden.Smtp.Client;

/// <summary>What protects a connection.</summary>
/// <param name="Protocol">TLS 1.2 or 1.3.</param>
/// <param name="Cipher">The cipher suite.</param>
/// <param name="Verified">
/// Chain and name were checked and hold. False also when nobody asked: opportunistic TLS accepts any certificate.
/// </param>
/// <param name="CertificateFingerprint">SHA-256 of the peer's certificate in hexadecimal; null without one.</param>
public sealed record TlsSession(
    SslProtocols Protocol, TlsCipherSuite Cipher, bool Verified, string? CertificateFingerprint)
{
    /// <summary>What is wrong with the certificate, where <see cref="SmtpTarget.NotesCertificate"/> asked.</summary>
    public CertificateObjection? Objection { get; init; }
}
