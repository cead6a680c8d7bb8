namespace Ekiden.Dns;

/// <summary>What a question is: the key of the cache and of questions under way.</summary>
/// <param name="Name">Lower case, without a trailing dot.</param>
/// <param name="Type">The record type.</param>
internal readonly record struct DnsKey(string Name, DnsClient.QueryType Type);

/// <summary>
/// Answers until their time is over, at most as many as it was made for. Two generations: when the young one is full it
/// becomes the old one, whose answers are dropped then unless they were used in the meantime. Thread-safe.
/// </summary>
internal sealed class DnsCache(TimeProvider clock, int capacity)
{
    private readonly Lock _lock = new();
    private Dictionary<DnsKey, Entry> _young = [];
    private Dictionary<DnsKey, Entry> _old = [];

    /// <summary>Answers held, timed-out ones included.</summary>
    internal int Count
    {
        get
        {
            lock (_lock) return _young.Count + _old.Count;
        }
    }

    /// <summary>A <see cref="DnsAnswer{T}"/> that was kept; null when there is none, or its time is over.</summary>
    internal object? Find(DnsKey key)
    {
        lock (_lock)
        {
            if (!_young.TryGetValue(key, out var entry))
            {
                if (!_old.Remove(key, out entry)) return null;
                if (entry.ExpiresAt > clock.GetTimestamp()) AddYoung(key, entry);
            }
            return entry.ExpiresAt > clock.GetTimestamp() ? entry.Answer : null;
        }
    }

    /// <summary>Keeps an answer.</summary>
    internal void Add(DnsKey key, object answer, TimeSpan timeToLive)
    {
        if (capacity == 0) return;
        var expiresAt = clock.GetTimestamp() + (long)(timeToLive.TotalSeconds * clock.TimestampFrequency);
        lock (_lock)
        {
            _old.Remove(key);
            AddYoung(key, new Entry(answer, expiresAt));
        }
    }

    private void AddYoung(DnsKey key, Entry entry)
    {
        if (_young.Count >= Math.Max(1, capacity / 2) && !_young.ContainsKey(key))
        {
            _old = _young;
            _young = [];
        }
        _young[key] = entry;
    }

    private readonly record struct Entry(object Answer, long ExpiresAt);
}
