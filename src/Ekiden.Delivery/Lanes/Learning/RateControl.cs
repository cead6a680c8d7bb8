namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>
/// How many transactions per second: no limit until a reply asks for one, then just below what was refused, with a try
/// from time to time.
/// </summary>
/// <remarks>
/// Receivers count with a bucket or in periods. Between two refusals, the mail that was taken is what the receiver
/// allows: so the second refusal tells the number. Not thread-safe: the lane's lock guards it.
/// </remarks>
internal sealed class RateControl
{
    private static readonly TimeSpan BetweenRaises = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestSample = TimeSpan.FromSeconds(5);

    // Below this, a pause says more than a rate.
    private const double Least = 1.0 / 60;

    // After a refusal, mail is taken again within this and a few intervals, unless the receiver shuts us out.
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestPenalty = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan LongAgo = TimeSpan.FromDays(-3650);
    private static readonly TimeSpan BetweenPardons = TimeSpan.FromHours(6);

    private const int Samples = 10;
    private const double Below = 0.98;
    private const double Near = 0.9;
    private const double Close = 0.03;
    private const double FirstStep = 0.05;
    private const string Clean = "clean replies";

    private readonly double? _pin;
    private readonly double _most;
    private readonly ChangeLog _log;
    private readonly ProbeClock _probe;
    private MessageRate? _all;
    private MessageRate? _bulk;
    private double _refused = double.PositiveInfinity;
    private double _step = FirstStep;

    // Before the try, and before its last step.
    private double _good;
    private double _level;
    private bool _followsTrial;
    private bool _isSteady;
    private int _taken;
    private int _clean;
    private TimeSpan _takenFrom;
    private TimeSpan _shutAt;
    private TimeSpan _forgivenAt = LongAgo;
    private bool _isCostly;
    private TimeSpan _cleanFrom;
    private TimeSpan _changedAt;
    private TimeSpan _cutAt = LongAgo;

    public RateControl(LaneBounds bounds, LearnedLane remembered, ChangeLog log, TimeSpan now)
    {
        _probe = new ProbeClock(now);
        _pin = bounds.Pins.MessagesPerSecond;
        _most = bounds.MaxRate;
        _log = log;
        _refused = remembered.RefusedRate ?? double.PositiveInfinity;
        Rate = _pin ?? remembered.Rate ?? bounds.StartRate;
        if (Rate is { } rate) Pace(rate, now);
    }

    /// <summary>Transactions begun per second; null: no limit.</summary>
    public double? Rate { get; private set; }

    /// <summary>The rate, or the one before a try that is under way.</summary>
    public double? Proven => IsTrial ? _good : Rate;

    /// <summary>What was refused last; null when nothing was.</summary>
    public double? Refused => double.IsFinite(_refused) ? _refused : null;

    /// <summary>A rate that may be too high is being tried: the reserve of transactional mail takes part.</summary>
    public bool IsTrial { get; private set; }

    /// <summary>Until a message may go; zero when one may go now.</summary>
    public TimeSpan UntilFree(TimeSpan now, bool isBulk)
    {
        if (_all is null) return TimeSpan.Zero;
        var wait = _all.UntilFree(now);
        if (isBulk && !IsTrial && _bulk!.UntilFree(now) is var longer && longer > wait) wait = longer;
        return wait;
    }

    /// <summary>A message goes now.</summary>
    public void Take(TimeSpan now, bool isBulk)
    {
        if (_all is null) return;
        _all.Take(now);
        if (isBulk) _bulk!.Take(now);
    }

    /// <summary>Mail was taken.</summary>
    /// <param name="now">When.</param>
    /// <param name="begun">When its transaction began.</param>
    /// <param name="isWanted">More is ready, and the rate holds it back.</param>
    public void Accepted(TimeSpan now, TimeSpan begun, bool isWanted)
    {
        if (Rate is not { } rate) return;
        if (begun > _cutAt && _taken++ == 0) Reopened(now, rate);
        if (_pin is not null || rate >= _most) return;
        if (!isWanted)
        {
            _isSteady = false;
            StartMeasuring(now);
            return;
        }
        _clean++;
        if (_clean < Samples || now - _cleanFrom < BetweenRaises || now - _changedAt < BetweenRaises) return;
        // Bulk alone keeps below the rate, and so does not prove it.
        if (_clean / (now - _cleanFrom).TotalSeconds >= 0.9 * rate || _probe.IsDue(now)) Raise(now, rate);
        else StartMeasuring(now);
    }

    /// <summary>The site said that this is too fast.</summary>
    /// <param name="now">When.</param>
    /// <param name="begun">When the transaction began; one begun before the last cut is old news.</param>
    /// <param name="measured">Mail taken per second of late.</param>
    /// <param name="why">The cause.</param>
    /// <returns>Whether the rate is the answer.</returns>
    public RateVerdict TooFast(TimeSpan now, TimeSpan begun, double measured, string why)
    {
        if (begun <= _cutAt) return RateVerdict.OldNews;
        _cutAt = now;
        if (Rate is not null && _taken == 0) return RateVerdict.NothingTaken;
        var (taken, since, level) = (_taken, now - _takenFrom, _level);
        var (wasTrial, isSteady) = (IsTrial, _isSteady);
        (_shutAt, _taken, _takenFrom, _level, _isSteady, IsTrial) = (now, 0, now, 0, true, false);
        if (_pin is not null) return RateVerdict.Cut;
        if (wasTrial) _probe.Refused(now);
        Answer(now, new Sample(taken, since, level, isSteady, measured), wasTrial, why);
        _followsTrial = wasTrial;
        return RateVerdict.Cut;
    }

    private void Answer(TimeSpan now, Sample sample, bool wasTrial, string why)
    {
        if (Rate is not { } rate)
        {
            // Nothing is known of a scope that is met for the first time.
            if (sample.Measured > 0) SetRefused(now, sample.Measured, sample.Measured / 2, why);
            else Change(now, 1, why);
        }
        else if (wasTrial)
        {
            SetRefused(now, rate, sample.Level, why);
        }
        else if (sample.Taken >= Samples && sample.Since >= ShortestSample)
        {
            // From one refusal to the next, the mail that was taken is what the receiver allows.
            var allowed = sample.IsSteady ? Math.Max(sample.Taken / sample.Since.TotalSeconds, sample.Level) : rate;
            var next = Math.Min(allowed, rate) * Below;
            SetRefused(now, Math.Max(allowed, next) / Below, next, why);
        }
        else if (_followsTrial && _good < rate)
        {
            SetRefused(now, rate, _good, why);
        }
        else
        {
            _probe.Restart(now);
            SetRefused(now, rate, rate / 2, why);
        }
    }

    // The first mail that is taken after a refusal shows what that has cost: a receiver that shuts us out is kept at a
    // distance, and tried the less often the longer it did. Hours are no answer to a rate.
    private void Reopened(TimeSpan now, double rate)
    {
        var shut = now - _shutAt;
        _isCostly = shut > Brief + TimeSpan.FromSeconds(3 / rate);
        if (!_isCostly) return;
        _takenFrom = now;
        if (shut > LongestPenalty && now - _forgivenAt > BetweenPardons)
        {
            (_forgivenAt, _refused, _step, _isCostly) = (now, double.PositiveInfinity, FirstStep, false);
            return;
        }
        if (_followsTrial) _refused = Math.Min(_refused, _good / Near);
        _probe.Cost(now, shut);
    }

    /// <summary>The rate itself is in doubt although nothing was taken: half.</summary>
    public void Halve(TimeSpan now, string why)
    {
        if (_pin is null && Rate is { } rate) Change(now, rate / 2, why);
    }

    /// <summary>Begins again with so many, and grows as after a first refusal.</summary>
    public void RestartAt(TimeSpan now, TimeSpan begun, double rate, string why)
    {
        if (begun <= _cutAt || _pin is not null) return;
        _refused = double.PositiveInfinity;
        _cutAt = now;
        _taken = 0;
        Change(now, rate, why);
    }

    private void SetRefused(TimeSpan now, double refused, double rate, string why)
    {
        _refused = refused;
        Change(now, rate, why);
    }

    private void Raise(TimeSpan now, double rate)
    {
        _level = rate;
        if (double.IsInfinity(_refused))
        {
            // Above what was refused before, or never refused: larger steps as long as nothing happens.
            _step = Math.Min(_step * 2, 1);
            Change(now, rate * (1 + _step), Clean);
        }
        else if (rate < _refused * (_isCostly ? Near : Below) - (_refused * Close))
        {
            // Half of the way, but never more than double.
            Change(now, Math.Min((rate + (_refused * (_isCostly ? Near : Below))) / 2, rate * 2), Clean);
        }
        else if (_probe.IsDue(now))
        {
            IsTrial = true;
            _refused = double.PositiveInfinity;
            _step = FirstStep;
            _good = rate;
            Change(now, rate * (1 + _step), "a try above what was refused");
        }
    }

    private void Change(TimeSpan now, double rate, string why)
    {
        rate = Math.Clamp(rate, Least, _most);
        StartMeasuring(now);
        _changedAt = now;
        _log.Add(LearnedValue.Rate, Rate, rate, why);
        Rate = rate;
        Pace(rate, now);
    }

    // What an operator fixed may go in bursts of a second. What was learned hugs the limit: it may catch up with an
    // alarm that came late, and no more.
    private void Pace(double rate, TimeSpan now)
    {
        var interval = TimeSpan.FromSeconds(1 / rate);
        var saved = _pin is null
            ? TimeSpan.FromMilliseconds(Math.Clamp(interval.TotalMilliseconds / 2, 10, 100))
            : TimeSpan.FromSeconds(1) - interval;
        var from = _pin is null ? now + interval + saved : now;
        _all = new MessageRate(rate, saved, from);
        // DESIGN §5: bulk never takes the last fifth of the rate.
        _bulk = new MessageRate(rate * 0.8, saved, from);
    }

    private void StartMeasuring(TimeSpan now)
    {
        _clean = 0;
        _cleanFrom = now;
    }

    // What was taken since the refusal before; the rate before the last raise; and whether more was always ready.
    private readonly record struct Sample(int Taken, TimeSpan Since, double Level, bool IsSteady, double Measured);
}

/// <summary>What came of a reply that said "too fast".</summary>
internal enum RateVerdict
{
    /// <summary>It speaks of what was sent before the last change.</summary>
    OldNews,

    /// <summary>The rate was cut.</summary>
    Cut,

    /// <summary>Nothing was taken since the last cut: it is not a matter of the rate.</summary>
    NothingTaken,
}
