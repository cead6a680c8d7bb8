using System.Security.Cryptography.X509Certificates;

namespace Ekiden.Smtp.Client;

/// <summary>How long the client waits, and whom it trusts. One object serves all connections.</summary>
/// <remarks>Values: reliability.md §5.2; none is below the minimum of RFC 5321 §4.5.3.2.</remarks>
public sealed record SmtpClientOptions
{
    /// <summary>TCP: 30 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The greeting, after TCP: 300 s.</summary>
    public TimeSpan GreetingTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>The TLS handshake: 60 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The reply to EHLO, STARTTLS, AUTH, MAIL and each RCPT: 300 s.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>The reply to DATA: 120 s.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Sending one block of content: 180 s.</summary>
    public TimeSpan BlockTimeout { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>
    /// The reply to the final dot: 600 s. A shorter wait makes duplicates (RFC 1047), so not even
    /// <see cref="AttemptTimeout"/> cuts it.
    /// </summary>
    public TimeSpan DotTimeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Handing a command to a connection that does not drain: 60 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The reply to RSET: 20 s.</summary>
    public TimeSpan ResetTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The reply to QUIT: 5 s.</summary>
    public TimeSpan QuitTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>One transaction up to its final dot: 45 min.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromMinutes(45);

    /// <summary>The only roots that <see cref="TlsLevel.Verified"/> trusts; null trusts the system's.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }
}
