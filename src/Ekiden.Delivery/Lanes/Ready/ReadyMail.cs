using Ekiden.Delivery.Queue;

namespace Ekiden.Delivery.Lanes.Ready;

/// <summary>
/// What is due in a lane: transactional mail before bulk, of which one in sixteen goes first, so that it never starves.
/// </summary>
/// <remarks>Not thread-safe: the lane's lock guards it.</remarks>
internal sealed class ReadyMail(ScopeLimits limits)
{
    private const int BulkTurn = 16;

    private readonly FairQueue _transactional = new(limits);
    private FairQueue? _bulk;
    private int _sinceBulk;

    /// <summary>Recipients.</summary>
    public int Count => _transactional.Count + BulkCount;

    /// <summary>Those of bulk.</summary>
    public int BulkCount => _bulk?.Count ?? 0;

    /// <summary>About how many transactions they will need.</summary>
    public int Transactions => _transactional.Transactions + (_bulk?.Transactions ?? 0);

    /// <summary>Bulk has waited long enough: it goes first, if both may.</summary>
    public bool PrefersBulk => _sinceBulk >= BulkTurn - 1;

    /// <summary>Adds one that is due now. True when it needs a transaction of its own.</summary>
    public bool Add(in DueRecipient recipient, int most) =>
        (recipient.IsBulk ? _bulk ??= new FairQueue(limits) : _transactional).Add(recipient, most);

    /// <summary>Is there one of this kind that may go now? Otherwise says when one may.</summary>
    public bool HasReady(bool isBulk, TimeSpan now, ref TimeSpan wait) =>
        (isBulk ? _bulk : _transactional)?.HasReady(now, ref wait) ?? false;

    /// <summary>Takes the next of a kind; <see cref="HasReady"/> has said that there is one.</summary>
    public int Take(bool isBulk, TimeSpan now, out bool follows)
    {
        _sinceBulk = isBulk || BulkCount == 0 ? 0 : _sinceBulk + 1;
        return (isBulk ? _bulk! : _transactional).Take(now, out follows);
    }

    /// <summary>A limit was made: mail that it is for keeps to it from now on.</summary>
    public void Apply(ScopeLimit limit)
    {
        _transactional.Apply(limit);
        _bulk?.Apply(limit);
    }

    /// <summary>Removes those that <paramref name="keeps"/> does not want.</summary>
    public List<int> Sift(Predicate<int> keeps)
    {
        var others = new List<int>();
        _transactional.Sift(keeps, others);
        _bulk?.Sift(keeps, others);
        return others;
    }

    /// <summary>Takes all.</summary>
    public List<int> TakeAll() => Sift(static _ => false);
}
