using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace Ekiden.Smtp.Server;

/// <summary>
/// A session's transport over a socket, with TLS when asked, and a close that does not lose the last reply.
/// </summary>
internal sealed partial class SocketTransport : ISessionTransport, IAsyncDisposable
{
    // Reliability §3, "Close": how much and how long is read after our last word.
    private const int MostDrained = 64 * 1024;
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly Socket _socket;
    private readonly TlsSettings? _tlsSettings;
    private readonly ILogger _log;
    private SslStream? _tls;
    private ConnectionReader _input;
    private ConnectionWriter _output;

    public SocketTransport(Socket socket, TlsSettings? tlsSettings, ILogger log)
    {
        _socket = socket;
        _tlsSettings = tlsSettings;
        _log = log;
        var channel = new ByteChannel(socket, null);
        _input = new ConnectionReader(channel);
        _output = new ConnectionWriter(channel);
    }

    /// <inheritdoc/>
    public PipeReader Input => _input;

    /// <inheritdoc/>
    public PipeWriter Output => _output;

    /// <inheritdoc/>
    public bool HasInput() => _input.HasMore();

    /// <inheritdoc/>
    public async ValueTask<TlsState?> StartTlsAsync(CancellationToken cancel)
    {
        if (_tlsSettings is null) return null;
        await _input.CompleteAsync();
        await _output.CompleteAsync();
        _tls = new SslStream(new NetworkStream(_socket, ownsSocket: false));
        var channel = new ByteChannel(_socket, _tls);
        _input = new ConnectionReader(channel);
        _output = new ConnectionWriter(channel);
        try
        {
            return await _tlsSettings.HandshakeAsync(_tls, cancel);
        }
        catch (Exception failed) when (failed is AuthenticationException or IOException or SocketException
            or ObjectDisposedException or OperationCanceledException)
        {
            // Scanners and old clients do this all day.
            Log.HandshakeFailed(_log, failed.Message);
            return null;
        }
    }

    /// <inheritdoc/>
    public void Abort() => _socket.Dispose();

    /// <summary>
    /// Ends the connection. <paramref name="drains"/>: the client may still be sending; closing with unread input would
    /// make the kernel reset the connection, and the last reply could be lost on the way.
    /// </summary>
    public async ValueTask CloseAsync(bool drains, TimeProvider clock)
    {
        try
        {
            using var limit = new CancellationTokenSource(DrainTime, clock);
            if (_tls is { IsAuthenticated: true }) await _tls.ShutdownAsync().WaitAsync(limit.Token);
            _socket.Shutdown(SocketShutdown.Send);
            if (drains) await DrainAsync(limit.Token);
        }
        catch (Exception gone) when (gone is SocketException or IOException or ObjectDisposedException
            or OperationCanceledException or InvalidOperationException)
        {
            // The client was faster, or took too long: there is nothing left to be polite about.
        }
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _input.CompleteAsync();
        await _output.CompleteAsync();
        if (_tls is not null) await _tls.DisposeAsync();
    }

    // From the socket itself: under TLS what comes is not worth deciphering.
    private async ValueTask DrainAsync(CancellationToken cancel)
    {
        var buffer = new byte[4096];
        for (var drained = 0; drained < MostDrained;)
        {
            var received = await _socket.ReceiveAsync(buffer, SocketFlags.None, cancel);
            if (received == 0) return;
            drained += received;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "TLS handshake failed: {Why}")]
        public static partial void HandshakeFailed(ILogger log, string why);
    }
}
