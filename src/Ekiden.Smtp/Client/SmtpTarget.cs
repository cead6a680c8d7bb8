using System.Net;

namespace Ekiden.Smtp.Client;

/// <summary>One server to connect to, from where and how.</summary>
/// <param name="HostName">The name that TLS asks for (SNI) and logs show.</param>
/// <param name="Address">Its address and port.</param>
/// <param name="LocalAddress">Our address; null lets the system choose.</param>
/// <param name="HelloName">What we say in EHLO.</param>
/// <param name="Tls">How much TLS is asked for.</param>
/// <param name="Credential">Signs in after TLS, only with <see cref="TlsLevel.Verified"/>; null does not.</param>
public sealed record SmtpTarget(
    string HostName, IPEndPoint Address, IPAddress? LocalAddress, string HelloName, TlsLevel Tls,
    NetworkCredential? Credential = null)
{
    /// <summary>
    /// With <see cref="TlsLevel.Verified"/>: decides over the certificate in place of chain and name. Null: those.
    /// </summary>
    public ICertificateJudge? Judge { get; init; }

    /// <summary>
    /// Below <see cref="TlsLevel.Verified"/>: chain and name are checked all the same, and what is wrong is kept in
    /// <see cref="TlsSession.Objection"/> without any consequence.
    /// </summary>
    public bool NotesCertificate { get; init; }

    /// <summary>SMTP, or LMTP to a local store.</summary>
    public MailProtocol Protocol { get; init; }

    /// <summary>A Unix socket to connect to instead of <see cref="Address"/>; null for TCP.</summary>
    public string? SocketPath { get; init; }
}

/// <summary>The protocol that the next host speaks.</summary>
public enum MailProtocol
{
    /// <summary>RFC 5321.</summary>
    Smtp,

    /// <summary>RFC 2033: LHLO, and after the dot one reply per accepted recipient.</summary>
    Lmtp,
}

/// <summary>How much TLS a route asks for: DESIGN §9.2 <c>[[route]] tls</c>.</summary>
public enum TlsLevel
{
    /// <summary>Clear text.</summary>
    None,

    /// <summary>TLS when offered, any certificate; clear text on a new connection when TLS fails.</summary>
    Opportunistic,

    /// <summary>TLS or no mail, any certificate.</summary>
    Required,

    /// <summary>TLS with a certificate that verifies for the host's name, or no mail.</summary>
    Verified,
}

/// <summary>Where in the conversation something happened: api.md §5 <c>smtp.phase</c>.</summary>
public enum SmtpPhase : byte
{
    /// <summary>TCP, and the greeting.</summary>
    Connect,

    /// <summary>STARTTLS and the handshake.</summary>
    Tls,

    /// <summary>EHLO, HELO, AUTH.</summary>
    Ehlo,

    /// <summary>MAIL.</summary>
    Mail,

    /// <summary>RCPT.</summary>
    Rcpt,

    /// <summary>DATA, until 354.</summary>
    Data,

    /// <summary>Content and the final dot.</summary>
    Eom,
}
