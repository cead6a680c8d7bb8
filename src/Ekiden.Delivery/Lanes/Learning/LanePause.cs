namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>
/// A time in which a lane leaves its site alone: longer each time until something is taken again. Bulk stops at once;
/// transactional mail keeps one probe, until that is refused, too. When it is over, one message goes first.
/// </summary>
/// <remarks>Not thread-safe: the lane's lock guards it.</remarks>
internal sealed class LanePause(TimeSpan longest, ChangeLog log)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    private TimeSpan _begun = TimeSpan.MinValue;
    private TimeSpan _last;
    private bool _stopsAll;

    /// <summary>When it is over.</summary>
    public TimeSpan Until { get; private set; } = TimeSpan.MinValue;

    /// <summary>It is on, or nothing has been taken since.</summary>
    public bool IsOn { get; private set; }

    /// <summary>The cause; empty before the first.</summary>
    public string Why { get; private set; } = "";

    /// <summary>Until a message may go, as far as the pause is concerned; zero when it may.</summary>
    public TimeSpan UntilFree(TimeSpan now, bool isBulk) =>
        IsOn && now < Until && (isBulk || _stopsAll) ? Until - now : TimeSpan.Zero;

    /// <summary>Leaves the site alone for the next time in the row.</summary>
    public void Lengthen(TimeSpan now, TimeSpan begun, string why)
    {
        // What began before it is old news.
        if (begun < _begun) return;
        var isProbe = IsOn;
        _last = _last == TimeSpan.Zero ? First : _last * 2 < longest ? _last * 2 : longest;
        Begin(now, _last, isProbe, why);
    }

    /// <summary>Leaves the site alone for as long as was asked, whoever waits.</summary>
    public void Keep(TimeSpan now, TimeSpan begun, TimeSpan wait, string why)
    {
        if (begun < _begun && now + wait <= Until) return;
        if (_last < wait && wait <= longest) _last = wait;
        Begin(now, wait, stopsAll: true, why);
    }

    /// <summary>Ends the wait; one message goes first all the same.</summary>
    public void AskAgain(TimeSpan now)
    {
        if (Until > now) Until = now;
    }

    /// <summary>Goes on with a pause that is remembered.</summary>
    public void Resume(TimeSpan now, TimeSpan left, string why) =>
        (_begun, Until, IsOn, _stopsAll, Why) = (now, now + left, true, true, why);

    /// <summary>Mail was taken: what began after the pause ends it.</summary>
    public void Accepted(TimeSpan begun)
    {
        if (!IsOn || begun < _begun) return;
        IsOn = false;
        Until = TimeSpan.MinValue;
        _last = TimeSpan.Zero;
    }

    private void Begin(TimeSpan now, TimeSpan length, bool stopsAll, string why)
    {
        _begun = now;
        _stopsAll = stopsAll;
        IsOn = true;
        Until = now + length;
        Why = why;
        log.Add(LearnedValue.Pause, null, length.TotalSeconds, why);
    }
}
