using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Connections;

/// <summary>One connection to a receiving server; used by one transaction at a time.</summary>
public interface ISmtpConnection : IAsyncDisposable
{
    /// <summary>What it is connected to.</summary>
    SmtpTarget Target { get; }

    /// <summary>Our end's address, for events; empty when not known.</summary>
    string SourceAddress { get; }

    /// <summary>The TLS protocol, such as <c>TLSv1.3</c>; empty in clear.</summary>
    string TlsProtocol { get; }

    /// <summary>The server's certificate verified for its name.</summary>
    bool TlsVerified { get; }

    /// <summary>What is wrong with the certificate, where that was only noted; null otherwise.</summary>
    CertificateObjection? TlsObjection { get; }

    /// <summary>Why TLS failed before this connection was made in clear; empty otherwise.</summary>
    string TlsFallback { get; }

    /// <summary>The server takes over NOTIFY, so that success is its to tell: RFC 3461 §5.2.2.</summary>
    bool SupportsDsn { get; }

    /// <summary>Another transaction may follow: nothing broke, and the server did not say that it closes.</summary>
    bool IsUsable { get; }

    /// <summary>The server closed, or spoke unasked, while the connection rested; asks the system only.</summary>
    bool HasGoneAway();

    /// <summary>One transaction: a response for each recipient, in the order of the message's recipients.</summary>
    /// <param name="message">What is sent.</param>
    /// <param name="lastDot">From then on no final dot is sent; a transaction that is beyond it goes on.</param>
    /// <param name="cancel">Ends the connection; the responses then are <see cref="RecipientResponse.Broken"/>.</param>
    /// <exception cref="UnsendableMessageException">The message is to be held.</exception>
    Task<IReadOnlyList<RecipientResponse>> SendAsync(
        OutgoingMessage message, CancellationToken lastDot, CancellationToken cancel);

    /// <summary>Says QUIT when the connection is in order, and closes it.</summary>
    Task QuitAsync(CancellationToken cancel);
}
