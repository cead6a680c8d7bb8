using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using Ekiden.Mail;
using Ekiden.Smtp.Protocol;

namespace Ekiden.Smtp.Client;

/// <summary>What ended a connection, as data.</summary>
internal sealed record WireTrouble(ConnectFailure Kind, string Why);

/// <summary>
/// Socket, TLS, deadline and reply buffer of one connection. Nothing here throws for what the network or the peer does:
/// calls return false or 0, and <see cref="Trouble"/> says why. After trouble the connection is dead.
/// </summary>
/// <remarks>
/// While it waits it holds 2 KiB of its own and no pooled memory: far receivers keep thousands of connections open.
/// </remarks>
internal sealed class ClientWire : IDisposable
{
    private enum Dot { Ahead, Sent, Forbidden }

    private readonly Socket _socket;
    private readonly Deadline _deadline;
    private readonly ReplyParser _replies = new();
    private readonly byte[] _input = new byte[ReplyParser.MaxLine];
    private WireTrouble? _trouble;
    private SslStream? _tls;
    private int _start;
    private int _end;
    private long _attemptEnd = long.MaxValue;
    private Dot _dot;

    public ClientWire(Socket socket, TimeProvider clock)
    {
        _socket = socket;
        _deadline = new Deadline(clock, () => Abort(ConnectFailure.TimedOut, "timed out"));
    }

    /// <summary>Why the connection is dead; null while it lives.</summary>
    public WireTrouble? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Bytes came that no reply has used: the server spoke before it was asked.</summary>
    public bool HasInput => _start < _end;

    /// <summary>The server spoke or hung up while nobody asked.</summary>
    public bool IsReadable => HasInput || Trouble is not null || _socket.Poll(0, SelectMode.SelectRead);

    /// <summary>The text of the last reply, as the parser keeps it.</summary>
    public ReadOnlySpan<byte> ReplyText => _replies.Text;

    /// <summary>The last reply as a value.</summary>
    public SmtpReply Reply() => _replies.ToReply();

    /// <summary>No deadline but the final dot's reaches beyond this.</summary>
    public void BeginAttempt(TimeSpan limit)
    {
        _attemptEnd = _deadline.After(limit);
        _dot = Dot.Ahead;
    }

    /// <summary>Ends the connection unless the final dot is on its way, from any thread: reliability M-R6.</summary>
    public void ForbidDot()
    {
        if (Interlocked.CompareExchange(ref _dot, Dot.Forbidden, Dot.Ahead) == Dot.Ahead)
            Abort(ConnectFailure.Local, "stopped by us");
    }

    /// <summary>Nothing is expected from the server now.</summary>
    public void Rest()
    {
        _attemptEnd = long.MaxValue;
        _deadline.Clear();
    }

    /// <summary>How long the next reply may take.</summary>
    /// <param name="isDot">It is the reply to the final dot: even beyond the attempt.</param>
    public void ExpectWithin(TimeSpan limit, bool isDot = false) =>
        _deadline.Set(limit, isDot ? long.MaxValue : _attemptEnd);

    /// <summary>Ends the connection at once, from any thread; the first reason stands.</summary>
    public void Abort(ConnectFailure kind, string why)
    {
        Interlocked.CompareExchange(ref _trouble, new WireTrouble(kind, why), null);
        _socket.Dispose();
    }

    public async Task<bool> ConnectAsync(EndPoint address, TimeSpan limit)
    {
        ExpectWithin(limit);
        try
        {
            await _socket.ConnectAsync(address, CancellationToken.None);
            return Trouble is null;
        }
        catch (Exception e) when (IsNetwork(e))
        {
            Fail(e);
            return false;
        }
    }

    /// <summary>Sends all of it. After a failure, a reply that the server sent before it closed can still be
    /// read.</summary>
    /// <param name="stall">How long a peer that does not read may hold it up.</param>
    /// <param name="reply">How long the reply to it may take; runs from now.</param>
    /// <param name="isDot">The final dot is in it: the reply is waited for even beyond the attempt.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> WriteAsync(
        ReadOnlyMemory<byte> bytes, TimeSpan stall, TimeSpan reply, bool isDot = false)
    {
        if (isDot && Interlocked.CompareExchange(ref _dot, Dot.Sent, Dot.Ahead) != Dot.Ahead) return false;
        var end = isDot ? long.MaxValue : _attemptEnd;
        _deadline.Set(reply, end);
        try
        {
            var sending = SendAsync(bytes);
            if (sending.IsCompletedSuccessfully) return true;
            _deadline.Set(stall, _attemptEnd);
            await sending;
            _deadline.Set(reply, end);
            return Trouble is null;
        }
        catch (Exception e) when (IsNetwork(e))
        {
            SetTrouble(e);
            return false;
        }
    }

    /// <summary>Reads one reply.</summary>
    /// <returns>Its code; 0 when the connection ended before its last line, or it is no reply.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadReplyAsync(bool keepAll = false)
    {
        _replies.Begin(keepAll);
        while (true)
        {
            var progress = _replies.Read(_input.AsSpan(_start.._end), out var used);
            _start += used;
            if (progress == ReplyProgress.Complete) return _replies.Code;
            if (progress == ReplyProgress.Broken)
            {
                Abort(ConnectFailure.BrokenReply, _replies.Why);
                return 0;
            }
            if (!await FillAsync()) return 0;
        }
    }

    /// <summary>Speaks TLS from here on.</summary>
    /// <returns>False when the handshake failed; no byte of ours has left in clear then.</returns>
    public async Task<bool> StartTlsAsync(TlsPolicy policy, TimeSpan limit)
    {
        // RFC 3207 §4.2 and reliability.md C-R2: the server may not speak between its 220 and our handshake.
        if (HasInput || HasUnreadBytes())
        {
            Abort(ConnectFailure.StartTlsInjection, "bytes in clear behind the reply to STARTTLS");
            return false;
        }
        ExpectWithin(limit);
        var tls = new SslStream(new NetworkStream(_socket, ownsSocket: false));
        try
        {
            await tls.AuthenticateAsClientAsync(policy.ToOptions(), CancellationToken.None);
            _tls = tls;
            return Trouble is null;
        }
        catch (Exception e) when (IsNetwork(e) || IsHandshake(e))
        {
            Abort(ConnectFailure.TlsFailed, e.GetBaseException().Message);
            await tls.DisposeAsync();
            return false;
        }
    }

    /// <summary>What protects the connection, after <see cref="StartTlsAsync"/>.</summary>
    public TlsSession DescribeTls(TlsPolicy policy) =>
        policy.Describe(_tls ?? throw new InvalidOperationException("There is no TLS."));

    public void Dispose()
    {
        _deadline.Dispose();
        _tls?.Dispose();
        _socket.Dispose();
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_tls is not null)
        {
            await _tls.WriteAsync(bytes, CancellationToken.None);
            return;
        }
        while (bytes.Length > 0) bytes = bytes[await _socket.SendAsync(bytes, CancellationToken.None)..];
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync()
    {
        if (_start > 0)
        {
            _input.AsSpan(_start.._end).CopyTo(_input);
            (_start, _end) = (0, _end - _start);
        }
        try
        {
            var got = _tls is null
                ? await _socket.ReceiveAsync(_input.AsMemory(_end), CancellationToken.None)
                : await ReadTlsAsync(_tls);
            _end += got;
            if (got == 0) Abort(ConnectFailure.Closed, "the server closed the connection");
            return got > 0;
        }
        catch (Exception e) when (IsNetwork(e))
        {
            Fail(e);
            return false;
        }
    }

    // A read of nothing waits without a buffer; SslStream rents 16 KiB for one that wants something.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadTlsAsync(SslStream tls)
    {
        _ = await tls.ReadAsync(Memory<byte>.Empty, CancellationToken.None);
        return await tls.ReadAsync(_input.AsMemory(_end), CancellationToken.None);
    }

    private bool HasUnreadBytes()
    {
        try
        {
            return _socket.Available > 0;
        }
        catch (Exception e) when (IsNetwork(e))
        {
            Fail(e);
            return false;
        }
    }

    private static bool IsNetwork(Exception e) =>
        e is SocketException or IOException or ObjectDisposedException or OperationCanceledException;

    // What a handshake throws for a peer's messages and certificates, and for a name that no TLS can ask for.
    private static bool IsHandshake(Exception e) =>
        e is AuthenticationException or CryptographicException or ArgumentException or NotSupportedException;

    private void Fail(Exception e)
    {
        SetTrouble(e);
        _socket.Dispose();
    }

    private void SetTrouble(Exception e)
    {
        var code = (e as SocketException ?? e.InnerException as SocketException)?.SocketErrorCode;
        var why = code is null ? e.GetBaseException().Message : Describe(code.Value);
        Interlocked.CompareExchange(ref _trouble, new WireTrouble(KindOf(code), why), null);
    }

    private static ConnectFailure KindOf(SocketError? code) => code switch
    {
        SocketError.ConnectionRefused or SocketError.NotConnected => ConnectFailure.Refused,
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => ConnectFailure.Reset,
        SocketError.TimedOut => ConnectFailure.TimedOut,
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown
            or SocketError.NetworkDown or SocketError.AddressFamilyNotSupported => ConnectFailure.Unreachable,
        SocketError.AddressNotAvailable or SocketError.TooManyOpenSockets or SocketError.AddressAlreadyInUse
            or SocketError.AccessDenied or SocketError.NoBufferSpaceAvailable => ConnectFailure.Local,
        _ => ConnectFailure.Closed,
    };

    private static string Describe(SocketError code) => code switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        SocketError.Shutdown or SocketError.ConnectionAborted => "the server closed the connection",
        SocketError.TimedOut => "timed out",
        SocketError.HostUnreachable or SocketError.HostDown => "no route to the host",
        SocketError.NetworkUnreachable or SocketError.NetworkDown => "the network is unreachable",
        SocketError.TooManyOpenSockets => "no descriptor is left",
        _ => code.ToString(),
    };
}
