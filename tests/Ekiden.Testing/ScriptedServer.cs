using System.Net;
using System.Net.Sockets;

namespace Ekiden.Testing;

/// <summary>
/// A server on a loopback port that plays one script per connection, in order; the last script is played for all
/// further ones. A script that throws is reported by <see cref="DisposeAsync"/>, so that a test cannot overlook it.
/// </summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private bool _isStopped;
    private readonly List<Task> _playing = [];
    private readonly Func<ServerSide, Task>[] _scripts;
    private readonly Task _accepting;

    private ScriptedServer(EndPoint address, Func<ServerSide, Task>[] scripts)
    {
        _scripts = scripts;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(address);
        _listener.Listen(64);
        Address = _listener.LocalEndPoint as IPEndPoint ?? new IPEndPoint(0, 0);
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens; meaningless for a Unix socket.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Connections so far, in order; also those whose script has ended.</summary>
    public List<ServerSide> Connections { get; } = [];

    /// <summary>Listens on a free port of 127.0.0.1 and plays.</summary>
    public static ScriptedServer Start(params Func<ServerSide, Task>[] scripts) =>
        new(new IPEndPoint(IPAddress.Loopback, 0), scripts);

    /// <summary>Listens on a given address or Unix socket and plays.</summary>
    public static ScriptedServer StartAt(EndPoint address, params Func<ServerSide, Task>[] scripts) =>
        new(address, scripts);

    /// <summary>Every line that any connection got in clear.</summary>
    public IEnumerable<string> ClearLines => Connections.SelectMany(connection => connection.ClearLines);

    /// <summary>Every line that any connection got over TLS.</summary>
    public IEnumerable<string> TlsLines => Connections.SelectMany(connection => connection.TlsLines);

    /// <summary>
    /// Stops listening and waits for the scripts that still play; what they recorded is complete then.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_isStopped) return;
        _isStopped = true;
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_playing).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new ServerSide(await _listener.AcceptAsync(_stopping.Token));
                Connections.Add(connection);
                _playing.Add(PlayAsync(connection, _scripts[Math.Min(Connections.Count, _scripts.Length) - 1]));
            }
        }
        catch (Exception e) when (
            _stopping.IsCancellationRequested
            && (e is OperationCanceledException or SocketException or ObjectDisposedException))
        {
            // Stopped.
        }
    }

    private static async Task PlayAsync(ServerSide connection, Func<ServerSide, Task> script)
    {
        await using (connection) await script(connection);
    }
}
