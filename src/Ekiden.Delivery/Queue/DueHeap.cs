namespace Ekiden.Delivery.Queue;

/// <summary>
/// Recipients that are due later, the earliest first: 8 bytes each, in pages, so that growing never copies what is
/// there and a million entries never sit in one large array.
/// </summary>
/// <remarks>
/// Not thread-safe. Nothing is ever removed from the middle: an entry whose recipient was cancelled or rescheduled is
/// recognised when it surfaces. Entries of one tick surface in the order of their slots, which keeps the recipients of
/// one message together.
/// </remarks>
internal sealed class DueHeap
{
    // 64 KiB a page: stays out of the large object heap.
    private const int PageBits = 13;
    private const int PageMask = (1 << PageBits) - 1;

    // Four children share one cache line of keys: half the depth of a binary heap.
    private const int Arity = 4;

    private readonly List<ulong[]> _pages = [];

    /// <summary>Entries, the stale ones included.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a recipient that is due at <paramref name="tick"/>.</summary>
    public void Push(uint tick, int slot)
    {
        if (Count >> PageBits == _pages.Count) _pages.Add(new ulong[1 << PageBits]);
        SiftUp(Count++, ((ulong)tick << 32) | (uint)slot);
    }

    /// <summary>The earliest tick; false when empty.</summary>
    public bool TryPeek(out uint tick)
    {
        tick = Count > 0 ? (uint)(At(0) >> 32) : 0;
        return Count > 0;
    }

    /// <summary>Takes the earliest entry, if it is due at <paramref name="now"/> or before.</summary>
    public bool TryPop(uint now, out int slot)
    {
        slot = 0;
        if (Count == 0) return false;
        var first = At(0);
        if ((uint)(first >> 32) > now) return false;
        slot = (int)(uint)first;
        var last = At(--Count);
        if (Count > 0) SiftDown(last);
        // One spare page stays, so that a count around a page's edge does not allocate again and again.
        if (_pages.Count > (Count >> PageBits) + 2) _pages.RemoveAt(_pages.Count - 1);
        return true;
    }

    private ref ulong At(int index) => ref _pages[index >> PageBits][index & PageMask];

    private void SiftUp(int index, ulong key)
    {
        while (index > 0)
        {
            var parent = (index - 1) / Arity;
            var parentKey = At(parent);
            if (parentKey <= key) break;
            At(index) = parentKey;
            index = parent;
        }
        At(index) = key;
    }

    private void SiftDown(ulong key)
    {
        var index = 0;
        while (true)
        {
            var least = LeastChild(index, key);
            if (least < 0) break;
            At(index) = At(least);
            index = least;
        }
        At(index) = key;
    }

    // The smallest child that is smaller than the key; -1 when there is none.
    private int LeastChild(int index, ulong key)
    {
        var first = (index * Arity) + 1;
        var end = Math.Min(first + Arity, Count);
        var least = -1;
        for (var child = first; child < end; child++)
        {
            var childKey = At(child);
            if (childKey >= key) continue;
            key = childKey;
            least = child;
        }
        return least;
    }
}
