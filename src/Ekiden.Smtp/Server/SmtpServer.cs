using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Ekiden.Smtp.Server;

/// <summary>All SMTP listeners of this process, and the connections they accepted.</summary>
/// <remarks>Start once, stop once. Safe to call from any thread.</remarks>
public sealed partial class SmtpServer : IAsyncDisposable
{
    // Reliability M-R6: a message whose dot came in time gets so long to be answered.
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly HashSet<SmtpConnection> _connections = [];
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _sessionPrefix = RandomNumberGenerator.GetHexString(4, lowercase: true);
    private Task _accepting = Task.CompletedTask;
    private long _sessions;

    /// <summary>Listeners exist from here on, but nothing is open before <see cref="Start"/>.</summary>
    /// <param name="options">Settings; a reload changes <see cref="Limits"/> alone.</param>
    /// <param name="receiver">Who takes the mail.</param>
    /// <param name="clock">All time comes from here.</param>
    /// <param name="log">The log of listeners, connections and sessions.</param>
    public SmtpServer(SmtpServerOptions options, IMailReceiver receiver, TimeProvider clock, ILogger<SmtpServer> log)
    {
        Options = options;
        Receiver = receiver;
        Clock = clock;
        Log = log;
        Limits = options.Limits;
        Guard = new SignInGuard(options.Limits.AuthFailuresPerMinute, clock);
        var total = Math.Min(options.Connections.Total, OpenFileLimit.RoomForConnections());
        Table = new ConnectionTable(options.Connections with { Total = total }, clock);
        IsStressed = () => Table.IsStressed;
        Listeners = [.. options.Listeners.Select(listener => new SmtpListener(this, listener))];
    }

    /// <summary>In the order of the settings.</summary>
    public ImmutableArray<SmtpListener> Listeners { get; }

    /// <summary>What sessions may do; a change holds for connections made from then on.</summary>
    public SessionLimits Limits { get; set; }

    /// <summary>Connections now, over all listeners.</summary>
    public int ConnectionCount => Table.Total;

    internal SmtpServerOptions Options { get; }

    internal IMailReceiver Receiver { get; }

    internal TimeProvider Clock { get; }

    internal ILogger Log { get; }

    internal SignInGuard Guard { get; }

    internal ConnectionTable Table { get; }

    internal Func<bool> IsStressed { get; }

    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>Opens all listeners, then accepts.</summary>
    /// <exception cref="IOException">One cannot be opened; its name and address are in the message, none is
    /// open.</exception>
    public void Start()
    {
        try
        {
            foreach (var listener in Listeners) listener.Open();
        }
        catch (IOException)
        {
            foreach (var listener in Listeners) listener.Dispose();
            throw;
        }
        foreach (var listener in Listeners)
            Messages.Listening(Log, listener.Options.Name, listener.BoundEndPoint.ToString(), listener.Options.Role);
        _accepting = Task.WhenAll(Listeners.Select(listener => listener.AcceptAsync(Stopping)));
    }

    /// <summary>
    /// Accepts no more, tells every client between transactions 421, lets messages that are being received end
    /// within 5 seconds and be answered within 30, and then ends what is left. <paramref name="cancel"/> ends it at
    /// once.
    /// </summary>
    public async Task StopAsync(CancellationToken cancel)
    {
        await _stopping.CancelAsync();
        await _accepting;
        foreach (var listener in Listeners) listener.Dispose();
        Task empty;
        lock (_gate)
        {
            if (_connections.Count == 0) _empty.TrySetResult();
            empty = _empty.Task;
        }
        await empty.WaitAsync(StopTime, Clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        SmtpConnection[] left;
        lock (_gate) left = [.. _connections];
        foreach (var connection in left) connection.Abort();
        await empty;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        _stopping.Dispose();
    }

    internal string NextSessionId() =>
        _sessionPrefix + Interlocked.Increment(ref _sessions).ToString("x6", CultureInfo.InvariantCulture);

    internal void Entered(SmtpConnection connection)
    {
        lock (_gate) _connections.Add(connection);
    }

    internal void Left(SmtpConnection connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
            if (_connections.Count == 0 && _stopping.IsCancellationRequested) _empty.TrySetResult();
        }
    }

    private static partial class Messages
    {
        [LoggerMessage(LogLevel.Information, "Listening: {Listener} on {EndPoint} for {Role}")]
        public static partial void Listening(ILogger log, string listener, string endPoint, ListenerRole role);
    }
}
