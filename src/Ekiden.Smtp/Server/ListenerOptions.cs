using System.Collections.Immutable;
using System.Net;
using System.Net.Security;

namespace Ekiden.Smtp.Server;

/// <summary>One place where clients connect: DESIGN §9.2 <c>[[listener]]</c>.</summary>
public sealed record ListenerOptions
{
    /// <summary>Its name in settings, logs and <see cref="SessionInfo.Listener"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Address and port; port 0 lets the system choose (<see cref="SmtpListener.BoundEndPoint"/>).</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>What it is for.</summary>
    public required ListenerRole Role { get; init; }

    /// <summary>How TLS begins.</summary>
    public ListenerTls Tls { get; init; } = ListenerTls.None;

    /// <summary><c>allow</c>: the client networks that may relay here. Nobody by default, not even loopback.</summary>
    public ImmutableArray<IPNetwork> Allow { get; init; } = [];

    /// <summary>
    /// <c>proxies</c>: where PROXY protocol v2 comes from. Not empty: every connection must come from there and begin
    /// so.
    /// </summary>
    public ImmutableArray<IPNetwork> Proxies { get; init; } = [];

    /// <summary><c>allow_plaintext_auth</c>: AUTH and MAIL without TLS. For tests on loopback only.</summary>
    public bool AllowPlaintextAuth { get; init; }

    /// <summary>
    /// Asked at every handshake for the certificate of a host name (SNI, null without one), so that a new certificate
    /// takes effect at once. Null where TLS cannot be offered.
    /// </summary>
    public Func<string?, SslStreamCertificateContext>? Certificate { get; init; }
}

/// <summary>The SMTP server's settings.</summary>
public sealed record SmtpServerOptions
{
    /// <summary><c>host_name</c>: printable ASCII without blanks.</summary>
    public required string HostName { get; init; }

    /// <summary>Where clients connect.</summary>
    public required ImmutableArray<ListenerOptions> Listeners { get; init; }

    /// <summary>What each session may do.</summary>
    public SessionLimits Limits { get; init; } = new();

    /// <summary>How many connections there may be.</summary>
    public ConnectionLimits Connections { get; init; } = new();
}

/// <summary>
/// How many connections there may be: reliability §5.1. Listed relay clients are under <see cref="Total"/> only.
/// </summary>
public sealed record ConnectionLimits
{
    /// <summary>All connections; never more than the open-file limit leaves room for.</summary>
    public int Total { get; init; } = 4_096;

    /// <summary>Connections of one address (IPv6: /64) that have not signed in.</summary>
    public int PerAddress { get; init; } = 50;

    /// <summary>Connections of one address that have signed in.</summary>
    public int PerAddressSignedIn { get; init; } = 200;

    /// <summary>New connections of one address within a minute.</summary>
    public int NewPerMinute { get; init; } = 300;

    /// <summary>TLS handshakes of one address at the same time.</summary>
    public int HandshakesPerAddress { get; init; } = 20;
}
