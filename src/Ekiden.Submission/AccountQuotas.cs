using System.Collections.Concurrent;
using Ekiden.Directory;

namespace Ekiden.Submission;

/// <summary>Counts what each account hands in, and says when its quota is used up.</summary>
/// <remarks>
/// Counts live in memory and start anew with the process; windows are a UTC day, a UTC hour and a bucket of one second.
/// </remarks>
internal sealed class AccountQuotas(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Usage> _usage = new(StringComparer.Ordinal);

    /// <summary>Takes one message off the account's quota; false when there is none left.</summary>
    public bool TryTake(Account account)
    {
        if (account.Quota == SendingQuota.None) return true;
        var usage = _usage.GetOrAdd(account.Id, static _ => new Usage());
        lock (usage) return usage.TryTake(account.Quota, clock.GetUtcNow());
    }

    private sealed class Usage
    {
        private long _day, _hour, _inDay, _inHour;
        private double _tokens;
        private DateTimeOffset _filledAt = DateTimeOffset.MinValue;

        public bool TryTake(SendingQuota quota, DateTimeOffset now)
        {
            var hour = now.ToUnixTimeSeconds() / 3600;
            if (hour != _hour) (_hour, _inHour) = (hour, 0);
            if (hour / 24 != _day) (_day, _inDay) = (hour / 24, 0);
            if (_inDay >= quota.Daily || _inHour >= quota.Hourly || !TryToken(quota.PerSecond, now)) return false;
            _inDay++;
            _inHour++;
            return true;
        }

        // A bucket that holds one second's worth, at least one message.
        private bool TryToken(double? perSecond, DateTimeOffset now)
        {
            if (perSecond is not { } rate) return true;
            var seconds = Math.Min((now - _filledAt).TotalSeconds, 3600 * 24);
            _tokens = Math.Min(Math.Max(1, rate), _tokens + (Math.Max(0, seconds) * rate));
            _filledAt = now;
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
