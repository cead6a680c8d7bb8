namespace Ekiden.Smtp.Protocol;

/// <summary>
/// One moment after which a wait is given up: moved very often, hardly ever reached. Moving it later is a write; the
/// timer behind it is touched only when it would fire too late.
/// </summary>
/// <remarks>
/// Monotonic, from <see cref="TimeProvider"/>: reliability M-R5. One owner sets and clears it; the callback runs on the
/// timer's thread.
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

    /// <summary>It was set and its moment has come; stays so until it is set or cleared.</summary>
    public bool IsReached => _clock.GetTimestamp() >= Volatile.Read(ref _due);

    /// <summary>The moment this long after now.</summary>
    public long After(TimeSpan wait) => _clock.GetTimestamp() + ToTicks(wait);

    /// <summary>Expires after this wait, but not after <paramref name="atMost"/>.</summary>
    public void Set(TimeSpan wait, long atMost = long.MaxValue)
    {
        var now = _clock.GetTimestamp();
        lock (_gate)
        {
            _due = Math.Min(now + ToTicks(wait), atMost);
            if (_due < _armed) Arm(now);
        }
    }

    /// <summary>Never expires, until set again.</summary>
    public void Clear() => Volatile.Write(ref _due, long.MaxValue);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        lock (_gate)
        {
            _armed = long.MaxValue;
            var now = _clock.GetTimestamp();
            var due = Volatile.Read(ref _due);
            if (due == long.MaxValue) return;
            if (due > now)
            {
                Arm(now);
                return;
            }
        }
        _expired();
    }

    // Under the lock.
    private void Arm(long now)
    {
        _armed = _due;
        var wait = _clock.GetElapsedTime(now, Math.Max(now, _due));
        // The timer counts whole milliseconds: round up, so that it does not fire just before the moment.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private long ToTicks(TimeSpan wait) => (long)(wait.TotalSeconds * _clock.TimestampFrequency);
}
