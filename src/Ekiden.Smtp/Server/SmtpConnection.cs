using System.Net;
using System.Net.Sockets;
using Ekiden.Smtp.Protocol;
using Microsoft.Extensions.Logging;

namespace Ekiden.Smtp.Server;

/// <summary>
/// One accepted socket, from accept to close: PROXY header, implicit TLS, the session, and the close. The barrier
/// behind which everything stays that goes wrong with it (reliability M-R1).
/// </summary>
internal sealed partial class SmtpConnection(SmtpListener listener, Socket socket) : IDisposable
{
    // Reliability D-R8.
    private static readonly TimeSpan ProxyHeaderTime = TimeSpan.FromSeconds(5);

    private readonly SocketTransport _transport = new(socket, listener.Tls, listener.Server.Log);

    /// <summary>Runs to the end; never throws.</summary>
    /// <param name="peer">Who connected.</param>
    /// <param name="place">Its place in the table; null behind a proxy, where the client is not known yet.</param>
    public async Task RunAsync(IPAddress peer, ConnectionTable.Place? place)
    {
        var server = listener.Server;
        try
        {
            var client = peer;
            if (listener.Options.Proxies.Length > 0)
            {
                if (await ReadProxyHeaderAsync(peer) is not { } named) return;
                client = named;
                place = server.Table.TryEnter(client, listener.IsListed(client));
            }
            if (place is null) await RefuseAsync();
            else await TalkAsync(client, place);
        }
        catch (Exception trouble)
        {
            Log.Trouble(server.Log, trouble, listener.Options.Name, peer.ToString());
        }
        finally
        {
            place?.Dispose();
            await _transport.DisposeAsync();
            server.Left(this);
        }
    }

    /// <summary>Ends the connection at once.</summary>
    public void Abort() => _transport.Abort();

    /// <inheritdoc/>
    public void Dispose() => _transport.Abort();

    /// <summary>Says that there are too many connections, without waiting for anything, and closes.</summary>
    public static void Refuse(Socket socket)
    {
        try
        {
            socket.Blocking = false;
            socket.Send("421 4.7.0 Too many connections\r\n"u8);
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The client does not wait for an answer; there is nobody to tell.
        }
        socket.Dispose();
    }

    private async Task TalkAsync(IPAddress client, ConnectionTable.Place place)
    {
        var server = listener.Server;
        var info = new SessionInfo
        {
            SessionId = server.NextSessionId(),
            Listener = listener.Options.Name,
            Role = listener.Options.Role,
            ClientAddress = client,
        };
        var tls = listener.Options.Tls == ListenerTls.Implicit ? await ShakeHandsAsync(place) : null;
        if (listener.Options.Tls == ListenerTls.Implicit && tls is null) return;
        info.TlsProtocol = tls?.Protocol;
        info.TlsCipher = tls?.Cipher;

        var context = new SessionContext
        {
            HostName = server.Options.HostName,
            Listener = listener.Options,
            Limits = server.Limits,
            Receiver = server.Receiver,
            Guard = server.Guard,
            Clock = server.Clock,
            Log = server.Log,
            IsListedClient = listener.IsListed(client),
            IsStressed = server.IsStressed,
            TrySignedIn = place.TrySignIn,
            TryBeginHandshake = place.TryBeginHandshake,
            EndHandshake = place.EndHandshake,
        };
        using var session = new SmtpSession(context, info, _transport, server.Stopping) { Tls = tls };
        await session.RunAsync();
        await _transport.CloseAsync(session.EndedEarly, server.Clock);
    }

    private async ValueTask<TlsState?> ShakeHandsAsync(ConnectionTable.Place place)
    {
        if (!place.TryBeginHandshake()) return null;
        try
        {
            using var limit = new CancellationTokenSource(
                listener.Server.Limits.HandshakeTimeout, listener.Server.Clock);
            return await _transport.StartTlsAsync(limit.Token);
        }
        finally
        {
            place.EndHandshake();
        }
    }

    private async ValueTask RefuseAsync()
    {
        // Who expects TLS could not read it.
        if (listener.Options.Tls == ListenerTls.Implicit) return;
        ReplyWriter.Write(_transport.Output, Replies.TooManyConnections);
        await _transport.Output.FlushAsync(CancellationToken.None);
        await _transport.CloseAsync(drains: false, listener.Server.Clock);
    }

    // The client's address; the proxy's own where it speaks for itself; null when there is no such header.
    private async ValueTask<IPAddress?> ReadProxyHeaderAsync(IPAddress peer)
    {
        using var limit = new CancellationTokenSource(ProxyHeaderTime, listener.Server.Clock);
        await using var wake = limit.Token.UnsafeRegister(
            static transport => ((SocketTransport)transport!).Input.CancelPendingRead(), _transport);
        var lines = new LineReader(_transport.Input);
        while (await lines.FillAsync() == FillStatus.Filled)
        {
            var status = ProxyHeader.Read(lines.Unread.FirstSpan, out var length, out var client);
            if (status == ProxyHeaderStatus.Broken) break;
            if (status == ProxyHeaderStatus.Missing) continue;
            lines.Take(length);
            lines.Release();
            return client ?? peer;
        }
        Log.NoProxyHeader(listener.Server.Log, listener.Options.Name, peer.ToString());
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Trouble with a connection to {Listener} from {Peer}")]
        public static partial void Trouble(ILogger log, Exception trouble, string listener, string peer);

        [LoggerMessage(LogLevel.Information, "No PROXY header on {Listener} from {Peer}")]
        public static partial void NoProxyHeader(ILogger log, string listener, string peer);
    }
}
