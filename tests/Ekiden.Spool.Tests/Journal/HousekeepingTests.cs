using Ekiden.Spool.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Spool.Tests.Journal;

/// <summary>What goes, what stays, and that nobody notices.</summary>
public sealed class HousekeepingTests
{
    // DESIGN §2: once the disk is 60 % full, disk use stays at most 2.5 times what is live.
    [Fact]
    public async Task A_crowded_disk_holds_at_most_two_and_a_half_times_what_is_live()
    {
        var disk = new SimulatedDisk();
        var options = SpoolHistory.Options with { CompactBelow = 0.1, CrowdedFrom = 0, SegmentSize = 64 << 10 };
        await using var journal = Open(disk, options);
        // One in five stays: every segment is left 20 % live, which an empty disk tolerates.
        for (var message = 1; message <= 1000; message++)
        {
            await journal.AcceptAsync(Post.Message(message, "a@example.com"), Post.Body(message, 1000));
            if (message % 5 != 0) await journal.DeliverAsync(Post.Id(message), 0);
            if (message % 50 == 0) await journal.Housekeeper.PassAsync(CancellationToken.None);
        }
        await journal.Parts.Log.SealActiveAsync();
        for (var pass = 0; pass < 3; pass++) await journal.Housekeeper.PassAsync(CancellationToken.None);
        var live = journal.Index.Ledger.Segments.Sum(segment => journal.Index.Ledger.Live(segment).Bytes);
        var used = disk.List("/spool/log").Sum(file => file.Length);
        Assert.InRange(live, 200 * 1000, 200 * 1600);
        Assert.True(used <= 2.5 * live, $"{used} bytes for {live}");
        Assert.Equal((200, 0), (journal.Index.Accounting.Waiting, journal.Index.Accounting.Gap));
    }

    [Fact]
    public async Task A_roomy_disk_keeps_segments_that_are_a_fifth_live()
    {
        var disk = new SimulatedDisk();
        await using var journal = Open(disk, SpoolHistory.Options with { CompactBelow = 0.1, SegmentSize = 64 << 10 });
        for (var message = 1; message <= 200; message++)
        {
            await journal.AcceptAsync(Post.Message(message, "a@example.com"), Post.Body(message, 1000));
            if (message % 5 != 0) await journal.DeliverAsync(Post.Id(message), 0);
        }
        await journal.Parts.Log.SealActiveAsync();
        var before = disk.List("/spool/log").Count;
        await journal.Housekeeper.PassAsync(CancellationToken.None);
        Assert.True(disk.List("/spool/log").Count >= before);
    }

    [Fact]
    public async Task A_segment_waits_for_a_reader_until_it_has_fallen_too_far_behind()
    {
        var disk = new SimulatedDisk();
        var reader = new Reader { OldestNeeded = 1 };
        await using var journal = Open(disk, SpoolHistory.Options with { RetentionLimit = 64 << 10 });
        journal.KeepFor(reader);
        var next = await PassMailAsync(journal, 1, messages: 40);
        Assert.Contains(1, journal.Parts.Log.Segments.Select(segment => segment.Id));

        reader.OldestNeeded = 2;
        await journal.Housekeeper.PassAsync(CancellationToken.None);
        Assert.Equal(2, journal.Parts.Log.Segments[0].Id);

        await PassMailAsync(journal, next, messages: 200);
        Assert.True(journal.Parts.Log.Segments[0].Id > 2, "the reader holds everything back");
    }

    [Fact]
    public async Task Facts_about_an_old_message_that_stays_do_not_hold_back_newer_segments()
    {
        var disk = new SimulatedDisk();
        await using (var journal = Open(disk, SpoolHistory.Options with { CompactBelow = 0.01 }))
        {
            // The first segment stays: half of it waits. Its other half ends in later segments.
            for (var message = 1; message <= 10; message++)
                await journal.AcceptAsync(Post.Message(message, "a@example.com"), Post.Body(message, 300));
            var next = 11;
            for (var message = 1; message <= 5; message++)
            {
                next = await PassMailAsync(journal, next, messages: 10);
                await journal.DeliverAsync(Post.Id(message), 0);
                await journal.DeferAsync(Post.Id(message + 5), Post.Now + TimeSpan.FromHours(message), 0);
            }
            await PassMailAsync(journal, next, messages: 10);
            Assert.True(journal.Parts.Log.Segments.Count < 5, $"{journal.Parts.Log.Segments.Count} segments are kept");
        }
        disk.Delete("/spool/snapshot");
        await using (var journal = Open(disk, SpoolHistory.Options))
        {
            for (var message = 1; message <= 5; message++)
            {
                Assert.Empty(journal.Index.FindMessage(Post.Id(message)));
                var waiting = Assert.Single(journal.Index.FindMessage(Post.Id(message + 5)));
                Assert.Equal(Post.Now + TimeSpan.FromHours(message), waiting.Due);
            }
            Assert.Equal((5, 0), (journal.Index.Accounting.Waiting, journal.Index.Accounting.Gap));
        }
    }

    [Fact]
    public async Task Everything_goes_on_while_snapshots_and_compaction_run()
    {
        var disk = new SimulatedDisk();
        var queue = new TestQueue();
        string found;
        await using (var journal = Open(disk, SpoolHistory.Options with { CompactBelow = 0.9 }))
        {
            journal.Attach(queue);
            using var stop = new CancellationTokenSource();
            var housekeeping = Task.Run(() => KeepHouseAsync(journal, stop.Token), CancellationToken.None);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => LiveAsync(journal, worker)));
            await stop.CancelAsync();
            await housekeeping;
            var accounting = journal.Index.Accounting;
            Assert.Equal((8 * 60 * 2, 0), (accounting.Accepted, accounting.Gap));
            found = SpoolModel.Text(journal.Index);
        }
        foreach (var withSnapshot in (bool[])[true, false])
        {
            if (!withSnapshot) disk.Delete("/spool/snapshot");
            await using var journal = Open(disk, SpoolHistory.Options);
            Assert.Equal(found, SpoolModel.Text(journal.Index));
        }
    }

    // Two recipients each: one is delivered or cancelled, the other deferred, held, released, and sometimes delivered.
    private static async Task LiveAsync(FileJournal journal, int worker)
    {
        for (var i = 0; i < 60; i++)
        {
            var message = (worker * 1000) + i;
            var id = Post.Id(message);
            await journal.AcceptAsync(Post.Message(message, "a@example.com", "b@example.net"), Post.Body(message, 300));
            await journal.StartAsync(id, 0, 1);
            await Task.WhenAll(
                journal.DeferAsync(id, Post.Now + TimeSpan.FromMinutes(i), 1),
                journal.ChangeAsync(id, QueueChange.Hold, 1),
                i % 3 == 0 ? journal.ChangeAsync(id, QueueChange.Cancel, 0) : journal.DeliverAsync(id, 0));
            Assert.NotNull(await journal.ReadAsync(id));
            await journal.ChangeAsync(id, QueueChange.Release, 1);
            if (i % 4 != 0) await journal.DeliverAsync(id, 1);
        }
    }

    private static async Task KeepHouseAsync(FileJournal journal, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await journal.Housekeeper.PassAsync(CancellationToken.None);
            await journal.Housekeeper.TakeSnapshotAsync(CancellationToken.None);
        }
    }

    // Mail that comes and goes.
    private static async Task<int> PassMailAsync(FileJournal journal, int first, int messages)
    {
        for (var message = first; message < first + messages; message++)
        {
            await journal.AcceptAsync(Post.Message(message, "a@example.com"), Post.Body(message, 700));
            await journal.DeliverAsync(Post.Id(message), 0);
        }
        await journal.Parts.Log.SealActiveAsync();
        await journal.AcceptAsync(Post.Message(first + messages, "a@example.com"), Post.Body(1));
        await journal.DeliverAsync(Post.Id(first + messages), 0);
        for (var pass = 0; pass < 2; pass++) await journal.Housekeeper.PassAsync(CancellationToken.None);
        return first + messages + 1;
    }

    private static FileJournal Open(SimulatedDisk disk, JournalOptions options) =>
        FileJournal.Open(options, disk, new FakeTimeProvider(Post.Now), NullLoggerFactory.Instance);

    private sealed class Reader : IJournalReader
    {
        public long OldestNeeded { get; set; }
    }
}
