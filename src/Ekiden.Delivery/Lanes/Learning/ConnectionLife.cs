namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>
/// After how many messages we say goodbye: where the site closes by itself, so that no round trip is spent on a closed
/// connection. From time to time one connection is let run on, to see whether it still does.
/// </summary>
/// <remarks>Not thread-safe: the lane's lock guards it.</remarks>
internal sealed class ConnectionLife
{
    // One connection may end for any reason; some that end after the same number follow a rule.
    private const int Agreeing = 3;

    private readonly int? _pin;
    private readonly int _most;
    private readonly ChangeLog _log;
    private readonly ProbeClock _probe;
    private int _closedAfter;
    private int _agree;
    private TimeSpan _closedAt;
    private int? _tried;

    public ConnectionLife(LaneBounds bounds, LearnedLane remembered, ChangeLog log, TimeSpan now)
    {
        _probe = new ProbeClock(now);
        _pin = bounds.Pins.MessagesPerConnection;
        _most = _pin ?? bounds.MaxMessagesPerConnection;
        _log = log;
        Limit = Math.Clamp(_pin ?? remembered.MessagesPerConnection ?? _most, 1, _most);
    }

    /// <summary>Transactions until QUIT.</summary>
    public int Limit { get; private set; }

    /// <summary>The site closed a busy connection.</summary>
    public void Closed(TimeSpan now, int messages)
    {
        if (_pin is not null || messages < 1 || messages > Limit) return;
        // Connections that end together end for another reason.
        var isAlone = now - _closedAt > TimeSpan.FromSeconds(1);
        _closedAt = now;
        if (!isAlone) return;
        _agree = messages == _closedAfter ? _agree + 1 : 1;
        _closedAfter = messages;
        if (_tried is { } before && messages <= before)
        {
            _probe.Refused(now);
            Set(before, "it still closes there");
        }
        else if (_agree >= Agreeing)
        {
            _probe.Restart(now);
            Set(messages, "the site closes after as many");
        }
    }

    /// <summary>A connection ended at our limit: perhaps it is time to let the next run on.</summary>
    public void Ended(TimeSpan now, int messages)
    {
        if (_pin is not null || Limit >= _most || messages < Limit || !_probe.IsDue(now)) return;
        _tried = Limit;
        _agree = 0;
        Limit = _most;
    }

    private void Set(int limit, string why)
    {
        var from = _tried ?? Limit;
        _tried = null;
        Limit = limit;
        if (from != limit) _log.Add(LearnedValue.MessagesPerConnection, from, limit, why);
    }
}
