using Ekiden.Mail;

namespace Ekiden.Smtp.Client;

/// <summary>What came of connecting to one server.</summary>
public abstract record ConnectOutcome
{
    private ConnectOutcome() { } // closed: every case is below

    /// <summary>Ready for the first MAIL; the caller owns the connection now.</summary>
    public sealed record Connected(SmtpClientConnection Connection) : ConnectOutcome;

    /// <summary>No mail can go to this server now. Nothing is left open.</summary>
    /// <param name="Phase">Where it ended.</param>
    /// <param name="Kind">What ended it.</param>
    /// <param name="Reply">The server's words, when it said something that can be shown.</param>
    /// <param name="Why">In a few words, for logs and notices.</param>
    public sealed record Failed(SmtpPhase Phase, ConnectFailure Kind, SmtpReply? Reply, string Why) : ConnectOutcome
    {
        /// <summary>For <see cref="ConnectFailure.CertificateNotVerified"/>: what is wrong.</summary>
        public CertificateFault? Fault { get; init; }
    }
}

/// <summary>What ended a connection before the first MAIL. Only <see cref="Reply"/> is a verdict of the
/// server.</summary>
public enum ConnectFailure
{
    /// <summary>Nobody listens there.</summary>
    Refused,

    /// <summary>No way to that address.</summary>
    Unreachable,

    /// <summary>The connection was reset. Some receivers throttle in this way (delivery.md §10.2).</summary>
    Reset,

    /// <summary>The peer closed without the reply that was due.</summary>
    Closed,

    /// <summary>A limit of <see cref="SmtpClientOptions"/> passed.</summary>
    TimedOut,

    /// <summary>Our own trouble: the local address cannot be used, or no descriptor is left.</summary>
    Local,

    /// <summary>The server answered 4xx or 5xx: see the reply.</summary>
    Reply,

    /// <summary>Not an SMTP reply, beyond its limits, or a positive code that is no answer here.</summary>
    BrokenReply,

    /// <summary>The level asks for TLS and the server offers none.</summary>
    TlsNotOffered,

    /// <summary>STARTTLS was offered and then refused.</summary>
    TlsRefused,

    /// <summary>The handshake failed.</summary>
    TlsFailed,

    /// <summary>The certificate does not verify for the host's name.</summary>
    CertificateNotVerified,

    /// <summary>Bytes in clear behind the answer to STARTTLS: somebody tampers with the connection.</summary>
    StartTlsInjection,

    /// <summary>We could not sign in, or were told to without verified TLS.</summary>
    SignIn,
}
