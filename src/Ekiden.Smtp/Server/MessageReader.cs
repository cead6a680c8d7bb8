using System.Runtime.CompilerServices;
using Ekiden.Mail;
using Ekiden.Smtp.Protocol;

namespace Ekiden.Smtp.Server;

/// <summary>
/// Reads the content of one message, from behind the 354 to its end, and hands it on without copying. It decides about
/// framing, size and time, and about nothing else: reliability group A, §5.1, §5.2.
/// </summary>
internal sealed class MessageReader(SessionWire wire, SessionLimits limits, TimeProvider clock)
{
    // A client is not read to its end for ever: so much beyond the limit, and the connection closes.
    private const long MostDiscarded = 256L * 1024 * 1024;

    // Reliability M-R6: once the server stops, a dot that comes later than this is not waited for.
    private static readonly TimeSpan LastDot = TimeSpan.FromSeconds(5);

    private readonly MessageScanner _scanner = new(limits);
    private readonly long _started = clock.GetTimestamp();
    private long _windowStarted = clock.GetTimestamp();
    private long _windowBytes;
    private long? _stopSeen;
    private Exception? _trouble;

    /// <summary>Our own trouble while storing; the message was read to its end and not kept.</summary>
    public Exception? Trouble => _trouble;

    /// <summary>Reads to the end of data, or to where reading on makes no sense.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<MessageEnd> ReadAsync(IMessageSink sink)
    {
        while (true)
        {
            await TakeContentAsync(sink);
            if (_scanner.IsEnd) return Judge();
            if (_scanner.IsHopeless || _scanner.Size > limits.MaxMessage + MostDiscarded)
                return Judge() with { Closes = true };
            if (_scanner.Fault == MessageFault.BareNewline && _scanner.Size > limits.MaxMessage) return Judge();
            if (IsTooLate()) return new MessageEnd(Replies.Stopping, Closes: true);
            if (IsTooSlow()) return new MessageEnd(Replies.Timeout, Closes: true);

            switch (await wire.FillAsync(NextTimeout()))
            {
                case FillStatus.Ended: return MessageEnd.Gone;
                // A stop lets running DATA finish within its time (reliability M-R6).
                case FillStatus.Interrupted when wire.IsTimedOut && !IsTooLate():
                    return _scanner.Fault == MessageFault.BareNewline
                        ? Judge()
                        : new MessageEnd(Replies.Timeout, Closes: true);
            }
        }
    }

    // Takes all that was received and belongs to the message.
    private async ValueTask TakeContentAsync(IMessageSink sink)
    {
        while (!_scanner.IsEnd && !wire.Unread.IsEmpty)
        {
            var piece = wire.Unread.First;
            var position = 0;
            while (_scanner.TryNext(piece.Span, ref position, out var content))
            {
                if (_trouble is null) await StoreAsync(sink, piece[content]);
            }
            _windowBytes += position;
            wire.Take(position);
        }
    }

    private async ValueTask StoreAsync(IMessageSink sink, ReadOnlyMemory<byte> content)
    {
        try
        {
            await sink.WriteAsync(content, CancellationToken.None);
        }
        catch (Exception trouble)
        {
            // The client is in the middle of its message: it is read to the end, then told.
            _trouble = trouble;
        }
    }

    private MessageEnd Judge() => _scanner.Fault switch
    {
        MessageFault.None => MessageEnd.Whole,
        MessageFault.BareNewline => new MessageEnd(Replies.BareNewlineInData, Closes: true),
        MessageFault.LineTooLong => new MessageEnd(Replies.DataLineTooLong, Closes: false),
        MessageFault.TooManyHeaderLines => new MessageEnd(Replies.TooManyHeaderLines, Closes: false),
        MessageFault.HeaderTooLarge => new MessageEnd(Replies.HeaderTooLarge, Closes: false),
        _ => new MessageEnd(Replies.MessageTooLarge, Closes: false),
    };

    private TimeSpan NextTimeout()
    {
        var left = limits.DataTimeout - clock.GetElapsedTime(_started);
        var block = _scanner.Fault == MessageFault.BareNewline ? limits.BareNewlineSilence : limits.DataBlockTimeout;
        if (left > block) left = block;
        if (_stopSeen is not { } stopped) return left;
        var last = LastDot - clock.GetElapsedTime(stopped);
        return left < last ? left : last;
    }

    private bool IsTooLate()
    {
        if (!wire.IsStopping) return false;
        _stopSeen ??= clock.GetTimestamp();
        return clock.GetElapsedTime(_stopSeen.Value) >= LastDot;
    }

    // Judged when bytes arrive: silence has its own deadline, dripping has this one.
    private bool IsTooSlow()
    {
        var elapsed = clock.GetElapsedTime(_windowStarted);
        if (elapsed < limits.DataRateWindow) return false;
        if (_windowBytes < limits.MinDataRate * elapsed.TotalSeconds) return true;
        _windowStarted = clock.GetTimestamp();
        _windowBytes = 0;
        return false;
    }
}

/// <summary>How reading a message ended.</summary>
/// <param name="Refusal">What to answer instead of asking the sink; null when the message is whole, or nobody
/// listens.</param>
/// <param name="Closes">The connection ends after the reply.</param>
internal readonly record struct MessageEnd(SmtpReply? Refusal, bool Closes)
{
    /// <summary>All content was handed on.</summary>
    public static readonly MessageEnd Whole = new(null, Closes: false);

    /// <summary>The client went away before the end.</summary>
    public static readonly MessageEnd Gone = new(null, Closes: true);
}
