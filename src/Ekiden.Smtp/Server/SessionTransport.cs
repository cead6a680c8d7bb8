using System.IO.Pipelines;

namespace Ekiden.Smtp.Server;

/// <summary>
/// The two byte streams of a session, and TLS on them. The session knows no socket, so tests need none. Input and
/// output are other objects after TLS began.
/// </summary>
internal interface ISessionTransport : IDuplexPipe
{
    /// <summary>
    /// The client sent bytes that nobody has read: RFC 2920 §3.1, RFC 3207 §5. Asked only while no read is open; leaves
    /// nothing behind that would swallow the first bytes of a TLS handshake.
    /// </summary>
    bool HasInput();

    /// <summary>Shakes hands as the server; null when that failed, and the connection is of no more use.</summary>
    ValueTask<TlsState?> StartTlsAsync(CancellationToken cancel);

    /// <summary>Ends the connection at once, from any thread.</summary>
    void Abort();
}

/// <summary>What a handshake agreed on.</summary>
/// <param name="Protocol">Such as <c>TLSv1.3</c>.</param>
/// <param name="Cipher">The cipher suite's IANA name.</param>
/// <param name="EndPointBinding">
/// The <c>tls-server-end-point</c> channel binding (RFC 5929 §4), or empty where it is not defined.
/// </param>
internal sealed record TlsState(string Protocol, string Cipher, ReadOnlyMemory<byte> EndPointBinding);
