using Ekiden.Mail;

namespace Ekiden.Delivery.Lanes.Ready;

/// <summary>
/// The due recipients of one sender domain of one account, first come first served, 4 bytes each; knows for how many
/// transactions they are enough, so that a message to a hundred recipients does not open a hundred connections.
/// </summary>
/// <remarks>Not thread-safe: the lane's lock guards it.</remarks>
internal sealed class Flow(string domain)
{
    // The sign bit of an entry: it goes with the one before it.
    private const int Follower = int.MinValue;

    private readonly Queue<int> _entries = new();
    private MessageId _last;
    private int _run;

    /// <summary>The sender's domain.</summary>
    public string Domain => domain;

    /// <summary>What else its mail keeps to; null when nothing.</summary>
    public ScopeLimit? Limit { get; set; }

    /// <summary>Recipients.</summary>
    public int Count => _entries.Count;

    /// <summary>The next one goes with the one taken last.</summary>
    public bool NextFollows => _entries.TryPeek(out var entry) && (entry & Follower) != 0;

    /// <summary>Adds one. True when it needs a transaction of its own.</summary>
    /// <param name="slot">Who.</param>
    /// <param name="message">Its message.</param>
    /// <param name="most">Recipients in one transaction.</param>
    public bool Add(int slot, MessageId message, int most)
    {
        var follows = message == _last && _entries.Count > 0 && _run < most;
        _run = follows ? _run + 1 : 1;
        _last = message;
        _entries.Enqueue(follows ? slot | Follower : slot);
        return !follows;
    }

    /// <summary>Takes the first; there must be one.</summary>
    public int Take() => _entries.Dequeue() & ~Follower;

    /// <summary>Puts back only those that <paramref name="keeps"/> says; the others are added to a list.</summary>
    public void Sift(Predicate<int> keeps, List<int> others)
    {
        for (var left = _entries.Count; left > 0; left--)
        {
            var entry = _entries.Dequeue();
            if (keeps(entry & ~Follower)) _entries.Enqueue(entry);
            else others.Add(entry & ~Follower);
        }
    }

    /// <summary>About how many transactions its recipients need; looks at all of them.</summary>
    public int CountTransactions()
    {
        var count = 0;
        foreach (var entry in _entries)
        {
            if ((entry & Follower) == 0) count++;
        }
        return count;
    }
}
