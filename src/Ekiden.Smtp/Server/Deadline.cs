namespace Ekiden.Smtp.Server;

/// <summary>
/// One deadline that is moved very often and hardly ever reached: moving it is a write; the timer behind it is touched
/// only when it would fire too late.
/// </summary>
/// <remarks>
/// Monotonic, from <see cref="TimeProvider"/>: reliability M-R5. The callback runs on the timer's thread.
/// </remarks>
internal sealed class Deadline : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly Action _reached;
    private readonly ITimer _timer;
    private long _at = long.MaxValue;
    private long _timerAt = long.MaxValue;

    public Deadline(TimeProvider clock, Action reached)
    {
        _clock = clock;
        _reached = reached;
        _timer = clock.CreateTimer(
            static state => ((Deadline)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The deadline was set and is reached.</summary>
    public bool IsReached => _clock.GetTimestamp() >= Volatile.Read(ref _at);

    /// <summary>Sets the deadline to <paramref name="after"/> from now.</summary>
    public void Set(TimeSpan after)
    {
        var now = _clock.GetTimestamp();
        var at = now + (long)(after.TotalSeconds * _clock.TimestampFrequency);
        lock (_gate)
        {
            _at = at;
            if (at >= _timerAt) return;
            _timerAt = at;
            _timer.Change(Positive(after), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>There is no deadline until the next <see cref="Set"/>.</summary>
    public void Clear() => Volatile.Write(ref _at, long.MaxValue);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Fire()
    {
        lock (_gate)
        {
            _timerAt = long.MaxValue;
            if (_at == long.MaxValue) return;
            var left = _clock.GetElapsedTime(_clock.GetTimestamp(), _at);
            if (left > TimeSpan.Zero)
            {
                _timerAt = _at;
                _timer.Change(Positive(left), Timeout.InfiniteTimeSpan);
                return;
            }
        }
        _reached();
    }

    // A timer of less than a millisecond never fires or fires at once, depending on the platform.
    private static TimeSpan Positive(TimeSpan span) =>
        span < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : span;
}
