namespace Ekiden.Smtp.Client;

/// <summary>One moment after which a connection is given up; moved many times, with one timer.</summary>
/// <remarks>
/// A deadline that only moves later costs no timer operation: the timer fires at the old moment, sees the new one and
/// goes to sleep again.
/// </remarks>
internal sealed class Deadline : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly Action _expired;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private long _due = long.MaxValue;
    private long _armed = long.MaxValue;

    public Deadline(TimeProvider clock, Action expired)
    {
        _clock = clock;
        _expired = expired;
        _timer = clock.CreateTimer(
            static self => ((Deadline)self!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Now, to hand to <see cref="Set"/> as an earlier start.</summary>
    public long Now => _clock.GetTimestamp();

    /// <summary>The moment this long after now.</summary>
    public long After(TimeSpan wait) => Now + ToTicks(wait);

    /// <summary>Expires after this wait, but not after <paramref name="atMost"/>.</summary>
    public void Set(TimeSpan wait, long atMost = long.MaxValue)
    {
        var now = Now;
        lock (_gate)
        {
            _due = Math.Min(now + ToTicks(wait), atMost);
            if (_due < _armed) Arm(now);
        }
    }

    /// <summary>Never expires, until set again.</summary>
    public void Clear()
    {
        lock (_gate) _due = long.MaxValue;
    }

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        lock (_gate)
        {
            _armed = long.MaxValue;
            if (_due == long.MaxValue) return;
            var now = Now;
            if (_due > now)
            {
                Arm(now);
                return;
            }
            _due = long.MaxValue;
        }
        _expired();
    }

    private void Arm(long now)
    {
        _armed = _due;
        var wait = _clock.GetElapsedTime(now, Math.Max(now, _due));
        // The timer counts whole milliseconds: round up, so that it does not fire just before the moment.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private long ToTicks(TimeSpan wait) => (long)(wait.TotalSeconds * _clock.TimestampFrequency);
}
