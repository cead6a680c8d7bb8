using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Connections;

/// <summary>Opens connections to receiving servers: TCP, greeting, EHLO, TLS and sign-in.</summary>
public interface ISmtpConnector
{
    /// <summary>
    /// One connection that is ready for MAIL, or why there is none. Network trouble is never an exception.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left open.</exception>
    ValueTask<ConnectResult> ConnectAsync(SmtpTarget target, CancellationToken cancel);
}

/// <summary>What came of connecting.</summary>
public abstract record ConnectResult
{
    private ConnectResult() { } // closed: every case is below

    /// <summary>Ready for MAIL.</summary>
    public sealed record Connected(ISmtpConnection Connection) : ConnectResult;

    /// <summary>No connection.</summary>
    /// <param name="Phase">Where it failed.</param>
    /// <param name="Kind">What failed.</param>
    /// <param name="Reply">The server's words, when it spoke; null otherwise.</param>
    /// <param name="Why">In a few words, for logs and notices.</param>
    public sealed record Failed(SmtpPhase Phase, ConnectFailure Kind, SmtpReply? Reply, string Why) : ConnectResult
    {
        /// <summary>For <see cref="ConnectFailure.CertificateNotVerified"/>: what is wrong.</summary>
        public CertificateFault? Fault { get; init; }

        /// <summary>The host answers; only the TLS that was asked for cannot be had.</summary>
        public bool IsAboutTls => Kind is ConnectFailure.TlsNotOffered or ConnectFailure.TlsRefused
            or ConnectFailure.TlsFailed or ConnectFailure.CertificateNotVerified or ConnectFailure.StartTlsInjection;
    }
}
