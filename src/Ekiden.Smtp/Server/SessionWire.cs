using System.Buffers;
using System.Runtime.CompilerServices;
using Ekiden.Mail;
using Ekiden.Smtp.Protocol;

namespace Ekiden.Smtp.Server;

/// <summary>
/// The session's side of the connection: lines in, replies out, and one deadline for whatever is being waited for.
/// Every wait ends: with bytes, with the end, or with <see cref="FillStatus.Interrupted"/>.
/// </summary>
internal sealed class SessionWire : IDisposable
{
    // Replies to a client that sends and never reads pile up to here, then it has to read: reliability H-T4.
    private const int MostUnflushed = 8 * 1024;

    private enum Waiting { ForInput, ForOutput, ForAnswer }

    private readonly ISessionTransport _transport;
    private readonly TimeSpan _writeTimeout;
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenRegistration _stop;
    private readonly Deadline _deadline;
    private LineReader _lines;
    private CancellationTokenSource _answer = new();
    private volatile Waiting _waiting;

    public SessionWire(
        ISessionTransport transport, TimeSpan writeTimeout, TimeProvider clock, CancellationToken stopping)
    {
        _transport = transport;
        _writeTimeout = writeTimeout;
        _stopping = stopping;
        _lines = new LineReader(transport.Input);
        _deadline = new Deadline(clock, OnDeadline);
        _stop = stopping.UnsafeRegister(static wire => ((SessionWire)wire!).OnStop(), this);
    }

    /// <summary>The server stops: nothing new is begun.</summary>
    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>The deadline of the last wait was reached.</summary>
    public bool IsTimedOut => _deadline.IsReached;

    /// <summary>The client is gone, or never reads: what is written is lost.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Bytes received and not taken yet.</summary>
    public ReadOnlySequence<byte> Unread => _lines.Unread;

    /// <summary>Takes bytes off the front of <see cref="Unread"/>.</summary>
    public void Take(long count) => _lines.Take(count);

    /// <inheritdoc cref="LineReader.TryTakeLine"/>
    public LineStatus TryTakeLine(int limit, out ReadOnlySpan<byte> line)
    {
        LineStatus status;
        do status = _lines.TryTakeLine(limit, out line);
        while (status == LineStatus.Skipping);
        return status;
    }

    /// <summary>Bytes came that were sent before the reply to the present command.</summary>
    public bool HasInput()
    {
        if (!_lines.Unread.IsEmpty) return true;
        _lines.Release();
        return _transport.HasInput();
    }

    /// <summary>Waits for more bytes, at most <paramref name="timeout"/>; what was written goes out first.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FillStatus> FillAsync(TimeSpan timeout)
    {
        await FlushAsync();
        if (IsBroken) return FillStatus.Ended;
        Wait(Waiting.ForInput, timeout);
        var status = await _lines.FillAsync();
        // A wake-up that was meant for an earlier wait is none.
        while (status == FillStatus.Interrupted && !IsTimedOut && !IsStopping) status = await _lines.FillAsync();
        return status;
    }

    /// <summary>Appends a reply; it leaves with the next flush, together with its neighbours (RFC 2920 §3.2).</summary>
    public void Write(SmtpReply reply) => ReplyWriter.Write(_transport.Output, reply);

    /// <summary>Flushes when more replies are waiting than should.</summary>
    public ValueTask FlushIfManyAsync() =>
        _transport.Output.UnflushedBytes > MostUnflushed ? FlushAsync() : ValueTask.CompletedTask;

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync()
    {
        if (_transport.Output.UnflushedBytes == 0) return;
        var flush = _transport.Output.FlushAsync(CancellationToken.None);
        if (!flush.IsCompleted) Wait(Waiting.ForOutput, _writeTimeout);
        IsBroken |= (await flush).IsCompleted;
    }

    /// <summary>A token for one question to the receiver; cancelled when it takes too long.</summary>
    public CancellationToken BeginAnswer(TimeSpan timeout)
    {
        // Not disposed: the deadline may be about to cancel it, and without a timer it holds nothing.
        if (_answer.IsCancellationRequested) _answer = new CancellationTokenSource();
        Wait(Waiting.ForAnswer, timeout);
        return _answer.Token;
    }

    /// <summary>Shakes hands; everything that was read before is forgotten (RFC 3207 §4.2).</summary>
    public async ValueTask<TlsState?> StartTlsAsync(TimeSpan timeout)
    {
        var state = await _transport.StartTlsAsync(BeginAnswer(timeout));
        _lines = new LineReader(_transport.Input);
        return state;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
        _deadline.Dispose();
        _lines.Release();
    }

    private void Wait(Waiting what, TimeSpan timeout)
    {
        _deadline.Clear();
        _waiting = what;
        _deadline.Set(timeout);
    }

    private void OnDeadline()
    {
        switch (_waiting)
        {
            case Waiting.ForInput: _transport.Input.CancelPendingRead(); break;
            case Waiting.ForOutput: _transport.Abort(); break;
            case Waiting.ForAnswer: _answer.Cancel(); break;
        }
    }

    private void OnStop() => _transport.Input.CancelPendingRead();
}
