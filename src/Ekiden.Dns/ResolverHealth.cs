namespace Ekiden.Dns;

/// <summary>
/// Tells a resolver that is down from domains that are broken (reliability I-R3). Down: at least 95 % of at least 20
/// questions of the last 60 s failed, or 20 different names in a row did, however slowly. Up again: more than 5 % of
/// the questions of the last 60 s were answered. Silence changes nothing. Thread-safe.
/// </summary>
public sealed class ResolverHealth(TimeProvider clock)
{
    private const int WindowSeconds = 60;
    private const int MinQuestions = 20;

    private readonly Lock _lock = new();
    private readonly Second[] _seconds = new Second[WindowSeconds];
    private readonly HashSet<string> _failedInARow = new(StringComparer.Ordinal);
    private volatile bool _isDown;

    /// <summary>The resolver looks down.</summary>
    public bool IsDown => _isDown;

    /// <summary>Counts one question that went to the resolver, its retries included.</summary>
    /// <param name="name">The name that was asked for.</param>
    /// <param name="isAnswered">Any answer that is not <see cref="DnsAnswer{T}.Failed"/>.</param>
    public void Record(string name, bool isAnswered)
    {
        var now = (long)clock.GetElapsedTime(0).TotalSeconds;
        lock (_lock)
        {
            ref var second = ref _seconds[now % WindowSeconds];
            if (second.At != now) second = new Second { At = now };
            if (isAnswered) second.Answered++;
            else second.Failed++;

            if (isAnswered) _failedInARow.Clear();
            else if (_failedInARow.Count < MinQuestions) _failedInARow.Add(name);
            _isDown = Judge(now);
        }
    }

    private bool Judge(long now)
    {
        var (answered, failed) = (0, 0);
        foreach (var second in _seconds)
        {
            if (now - second.At >= WindowSeconds) continue;
            answered += second.Answered;
            failed += second.Failed;
        }
        var isFailing = failed >= 19 * answered; // 95 %
        return _isDown
            ? isFailing
            : isFailing && (answered + failed >= MinQuestions || _failedInARow.Count == MinQuestions);
    }

    private struct Second
    {
        internal long At;
        internal int Answered;
        internal int Failed;
    }
}
