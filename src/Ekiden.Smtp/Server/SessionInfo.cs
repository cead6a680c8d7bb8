using System.Net;

namespace Ekiden.Smtp.Server;

/// <summary>What a session knows of its client. One object a session; the session alone changes it.</summary>
public sealed class SessionInfo
{
    /// <summary>Short random name of the session, for logs.</summary>
    public required string SessionId { get; init; }

    /// <summary>The listener's name in the settings.</summary>
    public required string Listener { get; init; }

    /// <summary>What the listener is for.</summary>
    public required ListenerRole Role { get; init; }

    /// <summary>
    /// The client's address (behind a listed proxy: the one the proxy named), IPv4-mapped ones as IPv4.
    /// </summary>
    public required IPAddress ClientAddress { get; init; }

    /// <summary>The argument of EHLO or HELO; empty before.</summary>
    public string HelloName { get; set; } = "";

    /// <summary>EHLO was said, not HELO.</summary>
    public bool IsExtended { get; set; }

    /// <summary>The TLS protocol, such as <c>TLSv1.3</c>; null in clear.</summary>
    public string? TlsProtocol { get; set; }

    /// <summary>The TLS cipher suite; null in clear.</summary>
    public string? TlsCipher { get; set; }

    /// <summary>Who signed in; null before, and on listeners without AUTH.</summary>
    public SignIn? SignIn { get; set; }
}

/// <summary>What a listener is for: DESIGN §4.</summary>
public enum ListenerRole
{
    /// <summary>Signed-in clients only.</summary>
    Submission,

    /// <summary>Clients from listed networks.</summary>
    Relay,

    /// <summary>Anybody, for our own domains.</summary>
    Inbound,
}

/// <summary>How TLS begins on a listener.</summary>
public enum ListenerTls
{
    /// <summary>Never.</summary>
    None,

    /// <summary>After STARTTLS: RFC 3207.</summary>
    StartTls,

    /// <summary>At once: RFC 8314.</summary>
    Implicit,
}
