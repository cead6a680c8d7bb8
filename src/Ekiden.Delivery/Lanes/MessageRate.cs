namespace Ekiden.Delivery.Lanes;

/// <summary>
/// A rate as the generic cell rate algorithm: each message moves the theoretical time of the next by one interval, and
/// a burst may go at once.
/// </summary>
/// <remarks>Not thread-safe: the lane's lock guards it. Times are of the lane's monotonic clock.</remarks>
internal sealed class MessageRate
{
    private readonly TimeSpan _interval;
    private readonly TimeSpan _burst;
    private TimeSpan _next;

    /// <param name="perSecond">More than 0.</param>
    /// <param name="saved">How much unused time may be made up for: a burst beside the first message.</param>
    /// <param name="from">When the first message is due; what is saved may go before.</param>
    public MessageRate(double perSecond, TimeSpan saved, TimeSpan from)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        _interval = TimeSpan.FromSeconds(1 / perSecond);
        _burst = saved > TimeSpan.Zero ? saved : TimeSpan.Zero;
        _next = from;
    }

    /// <summary>Until a message may go; zero or less when one may go now.</summary>
    public TimeSpan UntilFree(TimeSpan now) => _next - _burst - now;

    /// <summary>A message goes now.</summary>
    public void Take(TimeSpan now) => _next = (_next > now ? _next : now) + _interval;
}
