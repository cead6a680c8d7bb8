using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ekiden.Receiving;

/// <summary>
/// A test receiver: takes mail over real sockets, throws it away, and keeps to a policy. For trying a sender against
/// limits; it has no TLS, no disk, and no place on a public address.
/// </summary>
internal sealed class Receiver : IAsyncDisposable
{
    private const int Backlog = 4096;

    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _sessions = new();
    private readonly TimeProvider _clock;
    private readonly Task _accepting;

    /// <summary>Listens at once.</summary>
    /// <exception cref="SocketException">The address is taken, or not of this machine.</exception>
    public Receiver(ReceiverPolicy policy, IPEndPoint address, TimeProvider clock)
    {
        _clock = clock;
        Limits = new ReceiverLimits(policy, clock);
        _listener.Dispose();
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(address);
        _listener.Listen(Backlog);
        Address = (IPEndPoint)_listener.LocalEndPoint!; // it is bound
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; }

    /// <summary>What it lets happen.</summary>
    public ReceiverLimits Limits { get; }

    /// <summary>What it has counted.</summary>
    public ReceiverStatistics Statistics { get; } = new();

    /// <summary>Closes everything at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions.Keys);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Start(await _listener.AcceptAsync(_stopping.Token));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // A client that was gone before it was accepted, or no descriptor left: the next one may be luckier.
                await Task.Delay(TimeSpan.FromMilliseconds(10), _clock, CancellationToken.None);
            }
        }
    }

    private void Start(Socket client)
    {
        var session = new ReceiverSession(client, this, _clock).RunAsync(_stopping.Token);
        if (session.IsCompleted) return;
        _sessions.TryAdd(session, 0);
        _ = session.ContinueWith(
            ended => _sessions.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.None,
            TaskScheduler.Default);
    }
}
