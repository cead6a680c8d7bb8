using Ekiden.Delivery.Queue;
using Ekiden.Mail;

namespace Ekiden.Delivery.Lanes;

/// <summary>
/// The recipients of a lane that are due, first come first served, 4 bytes each; knows for how many transactions
/// they are
/// enough, so that a message to a hundred recipients does not open a hundred connections.
/// </summary>
/// <remarks>Not thread-safe: the lane's lock guards it.</remarks>
internal sealed class ReadyList
{
    // The sign bit of an entry: it goes with the one before it.
    private const int Follower = int.MinValue;

    // Above this, an empty list gives its memory back.
    private const int Kept = 1024;

    private readonly Queue<int> _entries = new();
    private MessageId _last;
    private int _run;

    /// <summary>Recipients.</summary>
    public int Count => _entries.Count;

    /// <summary>About how many transactions they will need.</summary>
    public int Transactions { get; private set; }

    /// <summary>Adds one that is due now. True when it needs a transaction of its own.</summary>
    /// <param name="recipient">Who.</param>
    /// <param name="most">Recipients in one transaction.</param>
    public bool Add(DueRecipient recipient, int most)
    {
        var follows = recipient.Message == _last && _entries.Count > 0 && _run < most;
        _run = follows ? _run + 1 : 1;
        _last = recipient.Message;
        _entries.Enqueue(follows ? recipient.Slot | Follower : recipient.Slot);
        if (!follows) Transactions++;
        return !follows;
    }

    /// <summary>Takes the first; the list must not be empty.</summary>
    public int Take()
    {
        var entry = _entries.Dequeue();
        if ((entry & Follower) == 0) Transactions--;
        if (_entries.Count == 0 && _entries.Capacity > Kept) _entries.TrimExcess(0);
        return entry & ~Follower;
    }

    /// <summary>Takes all.</summary>
    public int[] TakeAll()
    {
        var slots = new int[_entries.Count];
        for (var i = 0; i < slots.Length; i++) slots[i] = Take();
        return slots;
    }
}
