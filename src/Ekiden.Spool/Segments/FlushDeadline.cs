namespace Ekiden.Spool.Segments;

/// <summary>
/// Remembers that frames were written that must be flushed soon, and wakes the writer when soon is over.
/// </summary>
internal sealed class FlushDeadline : IDisposable
{
    private readonly TimeSpan _bound;
    private readonly ITimer _timer;
    private bool _isArmed;
    private volatile bool _isOver;

    /// <param name="time">The clock.</param>
    /// <param name="bound">How long a flush may wait.</param>
    /// <param name="wake">Called when it may wait no longer.</param>
    public FlushDeadline(TimeProvider time, TimeSpan bound, Action wake)
    {
        _bound = bound;
        _timer = time.CreateTimer(
            _ =>
            {
                _isOver = true;
                wake();
            },
            null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A flush is due now.</summary>
    public bool IsOver => _isOver;

    /// <summary>Begins to wait, unless it waits already.</summary>
    public void Arm()
    {
        if (_isArmed) return;
        _isArmed = true;
        _timer.Change(_bound, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Everything is flushed. A timer that still fires causes one flush too many, no harm.</summary>
    public void Clear()
    {
        _isArmed = false;
        _isOver = false;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
