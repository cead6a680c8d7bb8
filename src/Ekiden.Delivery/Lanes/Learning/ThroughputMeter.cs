namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>Mail taken per second of late: over the last 5 to 10 seconds, at least over one.</summary>
internal sealed class ThroughputMeter
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private TimeSpan _from = TimeSpan.MinValue;
    private TimeSpan _before;
    private int _count;
    private int _countBefore;

    /// <summary>One was taken.</summary>
    public void Add(TimeSpan now)
    {
        if (_from == TimeSpan.MinValue || now - _from >= 2 * Window)
            (_from, _before, _count, _countBefore) = (now, now, 0, 0);
        else if (now - _from >= Window)
            (_from, _before, _count, _countBefore) = (now, _from, 0, _count);
        _count++;
    }

    /// <summary>Per second.</summary>
    public double PerSecond(TimeSpan now)
    {
        if (_from == TimeSpan.MinValue) return 0;
        return (_count + _countBefore) / Math.Max((now - _before).TotalSeconds, 1);
    }
}
