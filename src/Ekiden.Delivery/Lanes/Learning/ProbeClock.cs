namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>
/// When a limit that was refused is tried again: after a minute, later after each refusal, and so that what a refused
/// try cost is at most a sixtieth of the time between two.
/// </summary>
/// <param name="now">When it begins: what is remembered is not tried at once.</param>
internal sealed class ProbeClock(TimeSpan now)
{
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private TimeSpan _wait = First;
    private TimeSpan _next = now + First;

    /// <summary>May it be tried now?</summary>
    public bool IsDue(TimeSpan time) => time >= _next;

    /// <summary>The limit is new: it is tried after the shortest wait.</summary>
    public void Restart(TimeSpan time)
    {
        _wait = First;
        _next = time + _wait;
    }

    /// <summary>A try was refused.</summary>
    public void Refused(TimeSpan time)
    {
        _wait = _wait * 2 < Longest ? _wait * 2 : Longest;
        _next = time + _wait;
    }

    /// <summary>The refusal of a try cost a pause that ends then plus <paramref name="pause"/>.</summary>
    public void Cost(TimeSpan time, TimeSpan pause)
    {
        var next = time + (pause * 60);
        if (next > _next) _next = next;
    }
}
