using Ekiden.Delivery.Providers;

namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>
/// How many connections a lane may have: slow start to the first refusal, then one more per N clean replies while that
/// brings more throughput, at most one raise in 10 s; just below what was refused, with a try from time to time.
/// </summary>
/// <remarks>
/// A refused connection costs no mail. Where others carry on, their number is what the site takes: it is not halved
/// without need. Not thread-safe: the lane's lock guards it.
/// </remarks>
internal sealed class ConnectionControl
{
    // DESIGN §11: one change per 10 s.
    private static readonly TimeSpan BetweenRaises = TimeSpan.FromSeconds(10);

    // Faster replies say nothing about the load of the peer: the wait is as much ours.
    private static readonly TimeSpan Prompt = TimeSpan.FromMilliseconds(50);

    // A raise pays if it brings at least this part of what it would bring to a peer without load.
    private const double Pay = 0.25;

    private const int None = int.MaxValue;
    private const string SlowStart = "slow start";

    private readonly int? _pin;
    private readonly int _most;
    private readonly int _climbsTo;
    private readonly ChangeLog _log;
    private readonly ProbeClock _probe;
    private readonly GrowthRule? _growth;
    private bool _isSlowStart;
    private bool _isTrial;
    private int _refused = None;
    private int _proven;
    private int _strikes;
    private int _refusals;
    private int _clean;
    private TimeSpan _cleanFrom;
    private TimeSpan _waited;
    private TimeSpan _changedAt;
    private TimeSpan _cutAt = TimeSpan.FromDays(-3650);
    private (int Limit, double Throughput) _before;

    public ConnectionControl(LaneBounds bounds, LearnedLane remembered, ChangeLog log, TimeSpan now)
    {
        _probe = new ProbeClock(now);
        _pin = bounds.Pins.Connections;
        _most = _pin ?? bounds.StretchConnections;
        _climbsTo = _pin ?? bounds.MaxConnections;
        _log = log;
        _growth = bounds.Growth;
        _isSlowStart = _pin is null && _growth is null && remembered.Connections is null;
        _refused = remembered.RefusedConnections ?? None;
        Limit = Math.Clamp(_pin ?? remembered.Connections ?? bounds.StartConnections, 1, _most);
    }

    /// <summary>Connections at once.</summary>
    public int Limit { get; private set; }

    /// <summary>The least number that was refused; null when none was.</summary>
    public int? Refused => _refused == None ? null : _refused;

    /// <summary>A number that may be too high is being tried: the reserve of transactional mail takes part.</summary>
    public bool IsTrial => _isTrial || _isSlowStart;

    /// <summary>No new connection is opened before.</summary>
    public TimeSpan OpensAt { get; private set; }

    /// <summary>Nothing holds back the next connection.</summary>
    public void AskAgain() => OpensAt = TimeSpan.Zero;

    /// <summary>A connection was opened beside <paramref name="open"/> others.</summary>
    public void Opened(int open)
    {
        _strikes = 0;
        _refusals = 0;
        if (open + 1 >= _refused) _refused = None;
    }

    /// <summary>Mail was taken.</summary>
    /// <param name="now">When.</param>
    /// <param name="begun">When its transaction began.</param>
    /// <param name="open">Connections open.</param>
    /// <param name="isWanted">All are busy, and more would be used.</param>
    public void Accepted(TimeSpan now, TimeSpan begun, int open, bool isWanted)
    {
        if (open > _proven) _proven = open;
        if (_isTrial && open >= Limit) _isTrial = false;
        if (_pin is not null || Limit >= _most) return;
        if (!isWanted)
        {
            StartMeasuring(now);
            return;
        }
        _clean++;
        _waited += now - begun;
        if (_isSlowStart) Climb(now, begun, open);
        else if (_clean >= Limit && now - _changedAt >= (_growth?.Every ?? BetweenRaises) && open >= Limit) Raise(now);
    }

    /// <summary>One connection too many.</summary>
    /// <param name="now">When.</param>
    /// <param name="begun">When the try began; one that began before the last cut is old news.</param>
    /// <param name="open">Connections that are open and were not refused.</param>
    /// <param name="why">The cause.</param>
    public void TooMany(TimeSpan now, TimeSpan begun, int open, string why)
    {
        Hold(now);
        if (begun <= _cutAt || _pin is not null) return;
        // Once may be a race: the site still counts one that we have just closed.
        if (open < _proven && _refusals++ == 0) return;
        if (_isTrial) _probe.Refused(now);
        else _probe.Restart(now);
        _refused = open + 1;
        Cut(now, open, why);
    }

    /// <summary>A try to connect failed: the next one waits, longer each time until one succeeds.</summary>
    public void Hold(TimeSpan now)
    {
        _strikes++;
        var rest = TimeSpan.FromSeconds(Math.Min(1 << Math.Min(_strikes - 1, 4), 10));
        if (now + rest > OpensAt) OpensAt = now + rest;
    }

    /// <summary>Begins again with so many, and grows as after a first refusal.</summary>
    public void RestartAt(TimeSpan now, TimeSpan begun, int connections, string why)
    {
        if (begun < _cutAt || _pin is not null) return;
        _refused = None;
        Cut(now, connections, why);
    }

    private void Cut(TimeSpan now, int limit, string why)
    {
        _cutAt = now;
        _refusals = 0;
        _isSlowStart = false;
        _isTrial = false;
        _before = default;
        limit = Math.Clamp(limit, 1, Limit);
        _proven = limit;
        Change(now, limit, why);
    }

    // At once while replies are prompt; otherwise in rounds, each of which must have paid.
    private void Climb(TimeSpan now, TimeSpan begun, int open)
    {
        if (now - begun < Prompt)
        {
            Change(now, Math.Max(Math.Min(Math.Min(Limit + 1, 2 * open), _climbsTo), Limit), SlowStart);
            _isSlowStart = Limit < _climbsTo;
            return;
        }
        if (open < Limit || begun < _changedAt) StartMeasuring(now);
        if (_clean < Math.Max(Limit, 8)) return;
        var throughput = Limit * _clean / _waited.TotalSeconds;
        if (DoesNotPay(throughput))
        {
            Settle(now);
            return;
        }
        _before = (Limit, throughput);
        Change(now, Math.Max(Math.Min(2 * Limit, _climbsTo), Limit), SlowStart);
        _isSlowStart = Limit < _climbsTo;
    }

    private void Raise(TimeSpan now)
    {
        var throughput = _clean / (now - _cleanFrom).TotalSeconds;
        if (DoesNotPay(throughput))
        {
            Settle(now);
            return;
        }
        if (_before.Limit == 0 || Limit >= _before.Limit * 1.1) _before = (Limit, throughput);
        var next = Math.Min(Limit + Step(), _most);
        if (next >= _refused)
        {
            if (Limit + 1 < _refused)
            {
                Change(now, _refused - 1, "clean replies");
                return;
            }
            if (!_probe.IsDue(now)) return;
            _isTrial = true;
            next = Limit + 1;
        }
        Change(now, next, _isTrial ? "a try above what was refused" : "clean replies");
    }

    // One more for each round of clean replies, or the part that the pack names.
    private int Step() => _growth is { Share: var share }
        ? Math.Max((int)(Limit * share), 1)
        : Math.Clamp(_clean / Limit, 1, Math.Max(Limit / 2, 1));

    private bool DoesNotPay(double throughput)
    {
        if (_before.Limit == 0) return false;
        var proportional = ((double)Limit / _before.Limit) - 1;
        // Less is lost in what varies by itself.
        return proportional >= 0.1 && throughput < _before.Throughput * (1 + (Pay * proportional));
    }

    private void Settle(TimeSpan now)
    {
        var before = _before.Limit;
        _refused = Limit;
        _isSlowStart = false;
        _isTrial = false;
        _before = default;
        _proven = before;
        _probe.Refused(now);
        Change(now, before, "more connections bring no more throughput");
    }

    private void Change(TimeSpan now, int limit, string why)
    {
        StartMeasuring(now);
        if (limit == Limit) return;
        _log.Add(LearnedValue.Connections, Limit, limit, why);
        Limit = limit;
        _changedAt = now;
    }

    private void StartMeasuring(TimeSpan now)
    {
        _clean = 0;
        _waited = TimeSpan.Zero;
        _cleanFrom = now;
    }
}
