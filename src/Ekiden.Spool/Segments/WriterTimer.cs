namespace Ekiden.Spool.Segments;

/// <summary>Wakes the writer thread when something it has put off is due. Armed and cleared by that thread
/// alone.</summary>
internal sealed class WriterTimer : IDisposable
{
    private readonly TimeSpan _bound;
    private readonly ITimer _timer;
    private bool _isArmed;
    private volatile bool _isOver;

    /// <param name="time">The clock.</param>
    /// <param name="bound">How long it may be put off.</param>
    /// <param name="wake">Called when it is due.</param>
    public WriterTimer(TimeProvider time, TimeSpan bound, Action wake)
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

    /// <summary>It is due now.</summary>
    public bool IsOver => _isOver;

    /// <summary>Begins to wait, unless it waits already.</summary>
    public void Arm()
    {
        if (_isArmed) return;
        _isArmed = true;
        _timer.Change(_bound, Timeout.InfiniteTimeSpan);
    }

    /// <summary>It is done. Where the timer still fires, it is done once too often, no harm.</summary>
    public void Clear()
    {
        _isArmed = false;
        _isOver = false;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
