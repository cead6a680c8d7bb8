using System.Collections.Frozen;
using Ekiden.Spool;

namespace Ekiden.Delivery.Queue;

/// <summary>
/// When: holds every waiting recipient until it is due, and hands it to its destination then. A restart, an arrival, a
/// deferral and a release come in by <see cref="Add"/> and take the same path.
/// </summary>
/// <remarks>
/// Holds slots of the index, 8 bytes each; nothing is removed when a recipient is cancelled or claimed, since the claim
/// decides (<see cref="QueueIndex.TryClaim(int)"/>). One timer serves the earliest; nothing rescans.
/// </remarks>
public sealed class DeliveryQueue : IRecipientQueue, IDisposable
{
    // The heap's time in the index's resolution, from a fixed day on: 32 bits last until the year 2040.
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    // The wall clock may jump (M-R5): however far the next one is, look again after a minute.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    // Recipients handed over between two looks at the lock: arrivals never wait for more.
    private const int Batch = 256;

    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly DueHeap _heap = new();
    private readonly ITimer _timer;
    private uint _wakesAt = uint.MaxValue;
    private List<int>? _beforeStart = [];
    private volatile bool _isStopped;
    private QueueIndex? _index;
    private Destinations? _destinations;
    private FrozenSet<string> _bulk = FrozenSet<string>.Empty;

    /// <summary>A queue that only collects until delivery starts: the journal's replay fills it.</summary>
    public DeliveryQueue(TimeProvider clock)
    {
        _clock = clock;
        _timer = clock.CreateTimer(
            static queue => ((DeliveryQueue)queue!).HandOver(), this, Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan);
    }

    /// <summary>Entries that are due later, stale ones included.</summary>
    public int Later
    {
        get
        {
            lock (_gate) return _heap.Count;
        }
    }

    /// <summary>The streams that give way to others.</summary>
    internal FrozenSet<string> BulkStreams { set => Volatile.Write(ref _bulk, value); }

    /// <inheritdoc/>
    public void Add(int slot)
    {
        if (Volatile.Read(ref _beforeStart) is not null)
        {
            lock (_gate)
            {
                if (_beforeStart is not null)
                {
                    _beforeStart.Add(slot);
                    return;
                }
            }
        }
        Place(slot, _clock.GetUtcNow());
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    /// <summary>From now on recipients go to their destinations; those that came before follow at once.</summary>
    internal void Start(QueueIndex index, Destinations destinations)
    {
        List<int> early;
        lock (_gate)
        {
            _index = index;
            _destinations = destinations;
            early = _beforeStart ?? throw new InvalidOperationException("The queue was started before.");
            Volatile.Write(ref _beforeStart, null);
        }
        var now = _clock.GetUtcNow();
        foreach (var slot in early) Place(slot, now);
    }

    /// <summary>May an attempt for this recipient begin?</summary>
    /// <remarks>
    /// The index rounds times up to 100 ms. One that is due since its acceptance does not wait for that; a time that
    /// somebody chose is never early.
    /// </remarks>
    internal static bool IsDue(in QueuedRecipient recipient, DateTimeOffset now) =>
        recipient.Due <= now || (recipient.Due == recipient.AcceptedAt && recipient.Due - now <= Tick);

    /// <summary>Nothing becomes due any more; what waits is in the journal.</summary>
    internal void Stop()
    {
        _isStopped = true;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Does a due recipient of this domain wait there?</summary>
    internal bool Holds(IWaitingPlace place, int domain) => place.Holds(_destinations!.Get(_index!.DomainName(domain)));

    private void Place(int slot, DateTimeOffset now)
    {
        if (_isStopped) return;
        var recipient = _index!.Get(slot);
        if (recipient.State != RecipientState.Waiting) return;
        if (IsDue(recipient, now))
        {
            var due = DueRecipient.Of(recipient, _bulk.Contains(recipient.Stream));
            _destinations!.Offer(due, _index.DomainName(recipient.Domain));
            return;
        }
        PlaceLater(slot, recipient.Due);
    }

    private void PlaceLater(int slot, DateTimeOffset due)
    {
        var tick = TickOf(due);
        lock (_gate)
        {
            _heap.Push(tick, slot);
            if (tick < _wakesAt) SetTimer(tick);
        }
    }

    private void HandOver()
    {
        Span<int> due = stackalloc int[Batch];
        while (true)
        {
            var now = _clock.GetUtcNow();
            int count;
            lock (_gate)
            {
                count = 0;
                // Rounded down, while due times are rounded up: nothing surfaces early.
                var tick = TickOf(now - Tick + TimeSpan.FromTicks(1));
                while (count < Batch && _heap.TryPop(tick, out var slot)) due[count++] = slot;
                if (count == 0)
                {
                    _wakesAt = uint.MaxValue;
                    if (_heap.TryPeek(out var next)) SetTimer(next);
                    return;
                }
            }
            // One that was rescheduled meanwhile has another entry; Place drops it or files it anew.
            foreach (var slot in due[..count]) Place(slot, now);
        }
    }

    // Under the lock.
    private void SetTimer(uint tick)
    {
        _wakesAt = tick;
        var wait = Epoch + (Tick * tick) - _clock.GetUtcNow();
        if (wait < TimeSpan.Zero) wait = TimeSpan.Zero;
        _timer.Change(wait < LongestSleep ? wait : LongestSleep, Timeout.InfiniteTimeSpan);
    }

    private static uint TickOf(DateTimeOffset time)
    {
        var ticks = Math.Ceiling((time - Epoch) / Tick);
        return ticks <= 0 ? 0 : ticks >= uint.MaxValue ? uint.MaxValue : (uint)ticks;
    }
}
