using Ekiden.Spool.Index;
using Ekiden.Spool.Records;
using Ekiden.Spool.Tests.Journal;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Spool.Tests.Index;

public sealed class QueueIndexTests(ITestOutputHelper output)
{
    private readonly FakeTimeProvider _time = new(Post.Now);

    // DESIGN §10: 160 bytes, target 96.
    [Fact]
    public void A_waiting_recipient_takes_at_most_160_bytes()
    {
        const int Messages = 200_000;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var index = new QueueIndex(_time);
        for (var number = 0; number < Messages; number++)
        {
            Accept(
            index, number, $"someone@domain{number % 1000}.example");
        }

        index.Applier.Waiting.Clear();
        index.Applier.Waiting.TrimExcess();
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Messages;
        output.WriteLine($"{bytes:F1} bytes per recipient, {index.MemoryBytes / (double)Messages:F1} of them slots");
        Assert.InRange(bytes, 60, 160);
        GC.KeepAlive(index);
    }

    [Fact]
    public void Slots_are_used_again_and_a_stale_generation_claims_nothing()
    {
        var index = new QueueIndex(_time);
        Accept(index, 1, "a@example.com");
        var first = Assert.Single(index.FindMessage(Post.Id(1)));
        Deliver(index, 1);
        Accept(index, 2, "b@example.net");
        var second = Assert.Single(index.FindMessage(Post.Id(2)));
        Assert.Equal(first.Slot, second.Slot);
        Assert.False(index.TryClaim(first.Slot, first.Generation));
        Assert.True(index.TryClaim(second.Slot, second.Generation));
    }

    [Fact]
    public void A_linked_slot_is_not_given_to_another_recipient()
    {
        var index = new QueueIndex(_time);
        Accept(index, 1, "a@example.com");
        var slot = index.FindMessage(Post.Id(1))[0].Slot;
        index.SetLink(slot, 77);
        Deliver(index, 1);
        Accept(index, 2, "b@example.net");
        Assert.NotEqual(slot, index.FindMessage(Post.Id(2))[0].Slot);
        Assert.Equal(77, index.GetLink(slot));
        Assert.False(index.TryClaim(slot));
        index.SetLink(slot, QueueIndex.NoLink);
        Accept(index, 3, "c@example.net");
        Assert.Equal(slot, index.FindMessage(Post.Id(3))[0].Slot);
    }

    [Fact]
    public void A_claimed_slot_is_kept_when_its_recipient_is_cancelled_until_the_claim_is_given_back()
    {
        var index = new QueueIndex(_time);
        Accept(index, 1, "a@example.com");
        var slot = index.FindMessage(Post.Id(1))[0].Slot;
        Assert.True(index.TryClaim(slot));
        Apply(index, new JournalEntry.Changed(Post.Id(1), Post.Now, QueueChange.Cancel, [0], Post.Now, "operator"));
        Assert.Empty(index.FindMessage(Post.Id(1)));
        Assert.Equal((1, 0), (index.Accounting.Cancelled, index.Accounting.Waiting));
        Accept(index, 2, "b@example.net");
        Assert.NotEqual(slot, index.FindMessage(Post.Id(2))[0].Slot);
        index.Unclaim(slot);
        Accept(index, 3, "c@example.net");
        Assert.Equal(slot, index.FindMessage(Post.Id(3))[0].Slot);
        Assert.Equal(0, index.Accounting.InAttempt);
    }

    [Fact]
    public void Siblings_are_those_that_wait_and_are_due()
    {
        var index = new QueueIndex(_time);
        Accept(index, 1, "a@example.com", "b@example.com", "c@example.com", "d@example.com");
        var all = index.FindMessage(Post.Id(1));
        Assert.True(index.TryClaim(all[0].Slot));
        Assert.True(index.TryClaim(all[1].Slot));
        Apply(index, new JournalEntry.Changed(
            Post.Id(1), Post.Now, QueueChange.Reschedule, [2], Post.Now + TimeSpan.FromSeconds(1), "operator"));
        Assert.Equal([3], Siblings(Post.Now));
        Assert.Equal([2, 3], Siblings(Post.Now + TimeSpan.FromSeconds(1)));

        List<int> Siblings(DateTimeOffset now)
        {
            var found = new List<QueuedRecipient>();
            index.FindSiblings(all[0].Slot, now, found, int.MaxValue);
            return [.. found.Select(one => one.Recipient)];
        }
    }

    [Fact]
    public void A_due_time_is_never_rounded_to_before_it()
    {
        var index = new QueueIndex(_time);
        Accept(index, 1, "a@example.com");
        var due = Post.Now + TimeSpan.FromMilliseconds(1234);
        Apply(index, new JournalEntry.Changed(Post.Id(1), Post.Now, QueueChange.Reschedule, [0], due, "operator"));
        var kept = index.FindMessage(Post.Id(1))[0].Due;
        Assert.InRange(kept, due, due + TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void A_summary_counts_by_stream_and_domain()
    {
        var index = new QueueIndex(_time);
        Accept(index, 1, "a@example.com", "b@example.net");
        Accept(index, 2, "c@example.com");
        _time.Advance(TimeSpan.FromMinutes(3));
        var summary = index.Summarize();
        Assert.Equal(3, summary.ByStream["transactional"]);
        Assert.Equal((2, 1), (summary.ByDomain["example.com"], summary.ByDomain["example.net"]));
        Assert.Equal(TimeSpan.FromMinutes(3), summary.OldestAge);
        Assert.Equal((3, 0), (summary.Accounting.Waiting, summary.Accounting.Gap));
    }

    [Fact]
    public void Many_messages_are_found_while_the_table_grows_and_shrinks()
    {
        var index = new QueueIndex(_time);
        for (var number = 0; number < 20_000; number++) Accept(index, number, "a@example.com");
        for (var number = 0; number < 20_000; number += 2) Deliver(index, number);
        for (var number = 0; number < 20_000; number++)
            Assert.Equal(number % 2, index.FindMessage(Post.Id(number)).Length);
        Assert.Equal(0, index.Accounting.Gap);
    }

    private static void Deliver(QueueIndex index, int number) => Apply(
        index, new JournalEntry.Attempted(Post.Id(number), Post.Now, Post.Details, [Post.Delivered(0)]));

    private static void Accept(QueueIndex index, int number, params string[] recipients) =>
        Apply(index, new SpoolRecord.Accepted(Post.Message(number, recipients), default));

    private static void Apply(QueueIndex index, JournalEntry fact) => Apply(index, new SpoolRecord.Fact(fact));

    private static void Apply(QueueIndex index, SpoolRecord record)
    {
        lock (index.Tables.Gate) index.Applier.Apply(record, new EntryLocation(1, 64, 100, 0, 100), replaying: false);
    }
}
