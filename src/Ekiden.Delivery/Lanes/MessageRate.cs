namespace Ekiden.Delivery.Lanes;

/// <summary>
/// A rate as the generic cell rate algorithm: each message moves the theoretical time of the next by one interval, and
/// up to one second's worth may go at once.
/// </summary>
/// <remarks>Not thread-safe: the lane's lock guards it. Times are of the monotonic clock, in its own ticks.</remarks>
internal sealed class MessageRate
{
    private readonly TimeProvider _clock;
    private readonly long _interval;
    private readonly long _burst;
    private long _next;

    /// <param name="perSecond">More than 0.</param>
    /// <param name="clock">The time.</param>
    public MessageRate(double perSecond, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        _clock = clock;
        _interval = (long)(clock.TimestampFrequency / perSecond);
        _burst = Math.Max(clock.TimestampFrequency - _interval, 0);
        _next = clock.GetTimestamp();
    }

    /// <summary>Until a message may go; zero or less when one may go now.</summary>
    public TimeSpan UntilFree() => _clock.GetElapsedTime(_clock.GetTimestamp(), _next - _burst);

    /// <summary>A message goes now.</summary>
    public void Take() => _next = Math.Max(_next, _clock.GetTimestamp()) + _interval;
}
