using CsCheck;
using Ekiden.Delivery.Queue;

namespace Ekiden.Delivery.Tests.Queue;

public sealed class DueHeapTests
{
    [Fact]
    public void Entries_come_out_by_time_and_then_by_slot() =>
        Gen.Select(Gen.UInt[0, 50], Gen.Int[0, 1000]).Array[0, 400].Sample(entries =>
        {
            var heap = new DueHeap();
            foreach (var (tick, slot) in entries) heap.Push(tick, slot);
            var slots = new List<int>();
            while (heap.TryPop(uint.MaxValue, out var slot)) slots.Add(slot);
            return slots.SequenceEqual(entries.Order().Select(entry => entry.Item2)) && heap.Count == 0;
        });

    [Fact]
    public void Nothing_comes_out_before_its_time()
    {
        var heap = new DueHeap();
        heap.Push(10, 1);
        Assert.False(heap.TryPop(9, out _));
        Assert.True(heap.TryPop(10, out var slot));
        Assert.Equal(1, slot);
        Assert.False(heap.TryPop(uint.MaxValue, out _));
    }

    // DESIGN §10: one more waiting recipient costs 8 bytes, and pages that empty are given back.
    [Fact]
    public void A_million_entries_take_eight_megabytes_and_give_them_back()
    {
        var heap = new DueHeap();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000_000; i++) heap.Push((uint)(i * 7919 % 1_000_003), i);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(bytes, 8_000_000, 8_300_000);
        var last = 0u;
        for (var i = 0; i < 1_000_000; i++)
        {
            Assert.True(heap.TryPeek(out var tick));
            Assert.True(tick >= last);
            last = tick;
            Assert.True(heap.TryPop(tick, out _));
        }
        Assert.Equal(0, heap.Count);
    }
}
