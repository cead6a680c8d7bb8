using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Ekiden.Testing;

/// <summary>What a <see cref="FakeMx"/> announces, takes and refuses.</summary>
public sealed record FakeMxPolicy
{
    /// <summary>The name in greeting and EHLO reply.</summary>
    public string HostName { get; init; } = "mx.example";

    /// <summary>EHLO keywords; STARTTLS is added when there is a certificate.</summary>
    public IReadOnlyList<string> Extensions { get; init; } =
        ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 26214400", "DSN", "ENHANCEDSTATUSCODES"];

    /// <summary>Offers STARTTLS with it; null offers none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The reply to RCPT, by address without brackets.</summary>
    public Func<string, string> ReplyToRecipient { get; init; } = _ => "250 2.1.5 Ok";

    /// <summary>The reply to the final dot.</summary>
    public Func<FakeMxMessage, string> ReplyToContent { get; init; } = _ => "250 2.0.0 Ok";

    /// <summary>Greeting of a connection, by its number from 1; null for the usual one.</summary>
    public Func<int, string?> Greeting { get; init; } = _ => null;

    /// <summary>More at once get 421 as their greeting; null for no limit.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>MAIL after so many messages on one connection gets 421; null for no limit.</summary>
    public int? MaxMessages { get; init; }

    /// <summary>The wait between the final dot and its reply.</summary>
    public TimeSpan DotDelay { get; init; }

    /// <summary>Closes after the final dot without a reply, having kept the message: RFC 1047.</summary>
    public Func<FakeMxMessage, bool> DiesAfterDot { get; init; } = _ => false;

    /// <summary>What <see cref="DotDelay"/> is measured with.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>One message that a <see cref="FakeMx"/> got, taken or not.</summary>
/// <param name="Connection">Number of the connection, from 1.</param>
/// <param name="Sender">As in MAIL FROM, without brackets; empty for the null sender.</param>
/// <param name="SenderParameters">What followed the address of MAIL.</param>
/// <param name="Recipients">Those that got 2xx, without brackets.</param>
/// <param name="RecipientParameters">What followed their addresses.</param>
/// <param name="Content">Unstuffed, with CRLF.</param>
/// <param name="IsEncrypted">It came over TLS.</param>
public sealed record FakeMxMessage(
    int Connection, string Sender, string SenderParameters, IReadOnlyList<string> Recipients,
    IReadOnlyList<string> RecipientParameters, byte[] Content, bool IsEncrypted)
{
    /// <summary>The reply to its final dot.</summary>
    public string Reply { get; init; } = "";
}

/// <summary>A small but real SMTP receiver on loopback that keeps what it gets.</summary>
public sealed class FakeMx : IAsyncDisposable
{
    private readonly FakeMxPolicy _policy;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<int, Task> _sessions = new();
    private readonly ConcurrentQueue<FakeMxMessage> _messages = new();
    private readonly SemaphoreSlim _arrivals = new(0);
    private readonly Task _accepting;
    private int _connections;
    private int _open;
    private int _mostOpen;

    private FakeMx(FakeMxPolicy policy, IPEndPoint address)
    {
        _policy = policy;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(address);
        _listener.Listen(512);
        Address = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Connections so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>The most connections that were open at once.</summary>
    public int MostOpen => Volatile.Read(ref _mostOpen);

    /// <summary>All that came to a final dot, in order of arrival.</summary>
    public IReadOnlyCollection<FakeMxMessage> Messages => _messages;

    /// <summary>Those that got 2xx, or were kept although the connection died.</summary>
    public IEnumerable<FakeMxMessage> Taken => _messages.Where(message => message.Reply is "" or ['2', ..]);

    /// <summary>Listens.</summary>
    /// <param name="policy">Null takes everything.</param>
    /// <param name="address">Null is a free port of 127.0.0.1.</param>
    public static FakeMx Start(FakeMxPolicy? policy = null, IPEndPoint? address = null) =>
        new(policy ?? new FakeMxPolicy(), address ?? new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>Waits for so many final dots since the last wait.</summary>
    public async Task WaitForAsync(int messages, CancellationToken cancel)
    {
        for (var i = 0; i < messages; i++) await _arrivals.WaitAsync(cancel);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions.Values).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        _stopping.Dispose();
        _arrivals.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                var number = Interlocked.Increment(ref _connections);
                _sessions[number] = ServeAsync(new ServerSide(socket), number);
            }
        }
        catch (Exception e) when (
            _stopping.IsCancellationRequested
            && (e is OperationCanceledException or SocketException or ObjectDisposedException))
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(ServerSide client, int number)
    {
        await using var _ = client;
        var open = Interlocked.Increment(ref _open);
        InterlockedMax(open);
        try
        {
            var session = new FakeMxSession(client, number, _policy, Keep);
            await session.RunAsync(isOverLimit: open > _policy.MaxConnections, _stopping.Token);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException)
        {
            // The client went away, did not trust us, or the test is over.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private void Keep(FakeMxMessage message)
    {
        _messages.Enqueue(message);
        _arrivals.Release();
    }

    private void InterlockedMax(int open)
    {
        int most;
        while (open > (most = Volatile.Read(ref _mostOpen)))
            if (Interlocked.CompareExchange(ref _mostOpen, open, most) == most) return;
    }
}
