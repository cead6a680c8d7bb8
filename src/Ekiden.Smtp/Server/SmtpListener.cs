using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Ekiden.Smtp.Server;

/// <summary>One listening socket and its accept loop.</summary>
public sealed partial class SmtpListener : IDisposable
{
    private const int Backlog = 512;
    private const int MostRefusedAtOnce = 64;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private SafeFileHandle? _spare;

    internal SmtpListener(SmtpServer server, ListenerOptions options)
    {
        Server = server;
        Options = options;
        Tls = options is { Certificate: { } certificate, Tls: not ListenerTls.None }
            ? new TlsSettings(certificate, allowsResumption: options.Role == ListenerRole.Submission)
            : null;
        _socket = new Socket(options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        // Accepted sockets inherit it: replies leave at once.
        _socket.NoDelay = true;
        if (options.EndPoint.Address.Equals(IPAddress.IPv6Any)) _socket.DualMode = true;
    }

    /// <summary>Its settings.</summary>
    public ListenerOptions Options { get; }

    /// <summary>Where it really listens; differs from the settings when these say port 0.</summary>
    public IPEndPoint BoundEndPoint { get; private set; } = new(IPAddress.None, 0);

    internal SmtpServer Server { get; }

    internal TlsSettings? Tls { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _spare?.Dispose();
    }

    // A client of a relay listener that is the operator's own.
    internal bool IsListed(IPAddress client) =>
        Options.Role == ListenerRole.Relay && ClientNetwork.IsListed(Options.Allow, client);

    internal void Open()
    {
        try
        {
            _socket.Bind(Options.EndPoint);
            _socket.Listen(Backlog);
        }
        catch (SocketException failed)
        {
            throw new IOException($"Listener \"{Options.Name}\" cannot open {Options.EndPoint}: {failed.Message}",
                failed);
        }
        BoundEndPoint = (IPEndPoint)_socket.LocalEndPoint!; // bound above
        OpenSpare();
        foreach (var network in Options.Allow)
            if (network.PrefixLength == 0) Log.OpenToAll(Server.Log, Options.Name, network.ToString());
    }

    internal async Task AcceptAsync(CancellationToken stopping)
    {
        var pause = FirstPause;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Begin(await _socket.AcceptAsync(stopping));
                pause = FirstPause;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException failed)
            {
                // Out of descriptors or memory, or the client left while it waited: never a reason to spin.
                var isFull = failed.SocketErrorCode is SocketError.TooManyOpenSockets
                    or SocketError.NoBufferSpaceAvailable;
                Log.AcceptFailed(Server.Log, Options.Name, failed.Message);
                if (isFull) await RefuseSomeAsync();
                await Task.Delay(pause, Server.Clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private void Begin(Socket socket)
    {
        IPAddress peer;
        try
        {
            peer = ClientNetwork.Normalise(((IPEndPoint)socket.RemoteEndPoint!).Address); // accepted, so it has one
        }
        catch (Exception gone) when (gone is SocketException or NullReferenceException)
        {
            socket.Dispose();
            return;
        }
        var isBehindProxy = Options.Proxies.Length > 0;
        if (isBehindProxy && !ClientNetwork.IsListed(Options.Proxies, peer))
        {
            Log.NotAProxy(Server.Log, Options.Name, peer.ToString());
            socket.Dispose();
            return;
        }
        var place = isBehindProxy ? null : Server.Table.TryEnter(peer, IsListed(peer));
        if (isBehindProxy || place is not null)
        {
            Start(socket, peer, place);
            return;
        }
        Log.Refused(Server.Log, Options.Name, peer.ToString());
        if (Options.Tls == ListenerTls.Implicit) socket.Dispose();
        else SmtpConnection.Refuse(socket);
    }

    private void Start(Socket socket, IPAddress peer, ConnectionTable.Place? place)
    {
        var connection = new SmtpConnection(this, socket);
        Server.Entered(connection);
        // In clear the banner leaves from here, and then the connection waits. A handshake would hold the others up.
        if (Options.Tls != ListenerTls.Implicit && place is not null)
        {
            _ = connection.RunAsync(peer, place);
            return;
        }
        ThreadPool.UnsafeQueueUserWorkItem(
            static start => _ = start.connection.RunAsync(start.peer, start.place), (connection, peer, place), true);
    }

    // Reliability H-R4: the spare descriptor lets those who wait be told, instead of hanging.
    private async ValueTask RefuseSomeAsync()
    {
        _spare?.Dispose();
        _spare = null;
        try
        {
            for (var i = 0; i < MostRefusedAtOnce && _socket.Poll(0, SelectMode.SelectRead); i++)
            {
                using var limit = new CancellationTokenSource(FirstPause, Server.Clock);
                SmtpConnection.Refuse(await _socket.AcceptAsync(limit.Token));
            }
        }
        catch (Exception full) when (full is SocketException or OperationCanceledException)
        {
            Log.AcceptFailed(Server.Log, Options.Name, full.Message);
        }
        OpenSpare();
    }

    private void OpenSpare()
    {
        try
        {
            _spare = File.OpenHandle("/dev/null");
        }
        catch (IOException failed)
        {
            // None left: the next time there is nothing to refuse with, and the pause alone helps.
            Log.AcceptFailed(Server.Log, Options.Name, failed.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Listener {Listener} cannot accept: {Why}")]
        public static partial void AcceptFailed(ILogger log, string listener, string why);

        [LoggerMessage(LogLevel.Warning, "Listener {Listener} relays for everybody in {Network}")]
        public static partial void OpenToAll(ILogger log, string listener, string network);

        [LoggerMessage(LogLevel.Information, "Listener {Listener} refused {Peer}: too many connections")]
        public static partial void Refused(ILogger log, string listener, string peer);

        [LoggerMessage(LogLevel.Information, "Listener {Listener} refused {Peer}: not a listed proxy")]
        public static partial void NotAProxy(ILogger log, string listener, string peer);
    }
}
