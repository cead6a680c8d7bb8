using System.Collections.Immutable;
using Ekiden.Delivery.Routes;

namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>
/// Learns how many connections, what rate and how many messages per connection a site is happy with, from its answers;
/// stays just below where it hurts, and remembers why (DESIGN §5).
/// </summary>
/// <remarks>
/// No I/O and no timer: it is told what happened, with the time of the lane's monotonic clock. Not thread-safe: the
/// lane's lock guards it. What an operator pinned is never changed.
/// </remarks>
internal sealed class LaneController
{
    private static readonly TimeSpan BreakWindow = TimeSpan.FromSeconds(10);

    private readonly LanePause _pause;
    private readonly ConnectionControl _connections;
    private readonly RateControl _rate;
    private readonly ConnectionLife _life;
    private readonly ChangeLog _log;
    private readonly ThroughputMeter _meter = new();
    private readonly LaneLimits? _pins;
    private TimeSpan _brokeAt = TimeSpan.MinValue;
    private int _halved;

    /// <summary>A controller with what was learned before.</summary>
    /// <param name="bounds">Start values, caps and pins.</param>
    /// <param name="remembered">What is known of the site from before.</param>
    /// <param name="clock">The wall clock, for the times of changes.</param>
    public LaneController(LaneBounds bounds, LearnedLane remembered, TimeProvider clock)
    {
        _log = new ChangeLog(clock, remembered.Changes);
        _pause = new LanePause(bounds.LongestPause, _log);
        var now = clock.GetElapsedTime(0);
        _connections = new ConnectionControl(bounds, remembered, _log, now);
        _rate = new RateControl(bounds, remembered, _log, now);
        _life = new ConnectionLife(bounds, remembered, _log, now);
        _pins = remembered.Pins;
        var left = remembered.PausedUntil - clock.GetUtcNow();
        if (left > TimeSpan.Zero) _pause.Resume(now, left.Value, remembered.PauseWhy);
    }

    /// <summary>Connections at once, pauses aside.</summary>
    public int Connections => _connections.Limit;

    /// <summary>Connections that bulk may use: never the last fifth, except where a higher number is tried.</summary>
    public int BulkConnections
    {
        get
        {
            var limit = _connections.Limit;
            return limit == 1 || _connections.IsTrial ? limit : limit - Math.Max(1, limit / 5);
        }
    }

    /// <summary>Transactions begun per second; null: no limit.</summary>
    public double? Rate => _rate.Rate;

    /// <summary>Transactions until QUIT.</summary>
    public int MessagesPerConnection => _life.Limit;

    /// <summary>One message at a time, until it is taken.</summary>
    public bool IsProbing => _pause.IsOn;

    /// <summary>Grows with every change: something new is to be remembered.</summary>
    public int Version => _log.Version;

    /// <summary>The last changes, oldest first.</summary>
    public ImmutableArray<LaneChange> Changes => _log.All;

    /// <summary>Until a message may go; zero when one may go now.</summary>
    public TimeSpan UntilFree(TimeSpan now, bool isBulk)
    {
        var pause = _pause.UntilFree(now, isBulk);
        var rate = _rate.UntilFree(now, isBulk);
        return pause > rate ? pause : rate;
    }

    /// <summary>Until a connection may be opened; zero when one may be opened now.</summary>
    public TimeSpan UntilOpen(TimeSpan now) =>
        _connections.OpensAt > now ? _connections.OpensAt - now : TimeSpan.Zero;

    /// <summary>Until the pause is over, and why it is; null when there is none.</summary>
    public (TimeSpan Left, string Why)? Pause(TimeSpan now) => _pause.IsOn && _pause.Until > now
        ? (_pause.Until - now, _pause.Why) : null;

    /// <summary>Somebody wants it tried now: a pause is over, except that one message goes first.</summary>
    public void AskAgain(TimeSpan now)
    {
        _pause.AskAgain(now);
        _connections.AskAgain();
    }

    /// <summary>A message goes now.</summary>
    public void Taken(TimeSpan now, bool isBulk) => _rate.Take(now, isBulk);

    /// <summary>A connection was opened beside <paramref name="open"/> others.</summary>
    public void Opened(int open) => _connections.Opened(open);

    /// <summary>A connection carried as many messages as it may.</summary>
    public void Ended(TimeSpan now, int messages) => _life.Ended(now, messages);

    /// <summary>The site took a message.</summary>
    public void Accepted(TimeSpan now, TimeSpan begun, in LaneLoad load)
    {
        _meter.Add(now);
        _halved = 0;
        _pause.Accepted(begun);
        _connections.Accepted(now, begun, load.Open, load.WantsConnections);
        _rate.Accepted(now, begun, load.WantsRate);
    }

    /// <summary>The site let us know something.</summary>
    /// <param name="signal">What.</param>
    /// <param name="now">When.</param>
    /// <param name="begun">When the try began that it answers.</param>
    /// <param name="load">How busy the lane is; connections that the signal ended are not open.</param>
    public void Heard(LaneSignal signal, TimeSpan now, TimeSpan begun, in LaneLoad load)
    {
        switch (signal)
        {
            case LaneSignal.TooFast fast:
                SlowDown(fast, now, begun);
                break;
            case LaneSignal.TooManyConnections many when load.Open > 0:
                _connections.TooMany(now, begun, load.Open, many.Why);
                break;
            case LaneSignal.TooManyConnections many:
                _pause.Lengthen(now, begun, many.Why);
                break;
            case LaneSignal.Closed closed:
                _life.Closed(now, closed.Messages);
                break;
            case LaneSignal.Broken broken:
                Broke(broken, now, begun, load);
                break;
            case LaneSignal.Blocked blocked:
                _pause.Lengthen(now, begun, blocked.Why);
                break;
            case LaneSignal.Pause pause:
                _pause.Keep(now, begun, pause.For, pause.Why);
                if (pause.Connections is { } connections) _connections.RestartAt(now, begun, connections, pause.Why);
                if (pause.Rate is { } rate) _rate.RestartAt(now, begun, rate, pause.Why);
                break;
            default:
                throw new InvalidOperationException($"nothing is learned from {signal.GetType().Name}");
        }
    }

    /// <summary>What is to be remembered, with the wall clock's time.</summary>
    public LearnedLane Learned(TimeSpan now, DateTimeOffset utcNow) => new()
    {
        Connections = _connections.Limit,
        RefusedConnections = _connections.Refused,
        Rate = _rate.Proven,
        RefusedRate = _rate.Refused,
        MessagesPerConnection = _life.Limit,
        PausedUntil = Pause(now) is { } pause ? utcNow + pause.Left : null,
        PauseWhy = Pause(now)?.Why ?? "",
        Pins = _pins,
        Changes = _log.All,
    };

    private void SlowDown(LaneSignal.TooFast signal, TimeSpan now, TimeSpan begun)
    {
        var verdict = _rate.TooFast(now, begun, _meter.PerSecond(now), signal.Why);
        if (signal.Wait is { } wait)
        {
            _pause.Keep(now, begun, wait, signal.Why);
        }
        else if (verdict == RateVerdict.NothingTaken)
        {
            // Twice it may be the rate; after that it is shut.
            if (_halved++ < 2) _rate.Halve(now, signal.Why);
            _pause.Lengthen(now, begun, signal.Why);
        }
    }

    // One connection may break for any reason. Several in a short time are a way to say "too fast" or "too many".
    private void Broke(LaneSignal.Broken signal, TimeSpan now, TimeSpan begun, in LaneLoad load)
    {
        _connections.Hold(now);
        var isSecond = _brokeAt != TimeSpan.MinValue && now - _brokeAt < BreakWindow;
        _brokeAt = now;
        if (!isSecond) return;
        if (load.Open == 0) _pause.Lengthen(now, begun, signal.Why);
        SlowDown(new LaneSignal.TooFast(signal.Why), now, begun);
    }
}
