using Ekiden.Spool.Disk;
using Ekiden.Spool.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Spool.Tests.Journal;

/// <summary>The n-th operation of the disk fails, for every n: nothing acknowledged is lost (LV0b), and damage is
/// said.</summary>
public sealed class SpoolFaultTests
{
    [Theory]
    [InlineData(Errno.InputOutput)]
    [InlineData(Errno.NoSpace)]
    public async Task Any_operation_may_fail(int errno)
    {
        var isOver = false;
        for (var failing = 0; !isOver; failing++)
        {
            var disk = new SimulatedDisk { Fault = (number, _) => number == failing ? errno : 0 };
            isOver = await LiveAsync(disk) && disk.Done <= failing;
            disk.Fault = null;
            var promised = SpoolPromises.UpTo(disk.Operations);
            await using var journal = FileJournal.Open(
                SpoolHistory.Options, new SimulatedDisk(disk.Now), new FakeTimeProvider(Post.Now),
                    NullLoggerFactory.Instance);
            Assert.Equal(0, journal.Index.Accounting.Gap);
            foreach (var message in promised.Waiting.Keys)
            {
                Assert.True(await journal.ReadAsync(Post.Id(message)) is not null,
                    $"operation {failing}: {message} is lost");
            }

            foreach (var message in promised.Finished)
            {
                Assert.True(journal.Index.FindMessage(Post.Id(message)).IsEmpty,
                    $"operation {failing}: {message} came back");
            }
        }
    }

    [Fact]
    public async Task A_damaged_message_is_held_and_named_and_the_others_are_not_touched()
    {
        var disk = new SimulatedDisk();
        await using (var life = new RecordedSpool(disk))
        {
            for (var message = 1; message <= 3; message++) await life.AcceptAsync(message, recipients: 2);
        }
        Damage(disk, "message 2");
        await using var journal = FileJournal.Open(
            SpoolHistory.Options, disk, new FakeTimeProvider(Post.Now), NullLoggerFactory.Instance);
        Assert.Null(await journal.ReadAsync(Post.Id(2)));
        Assert.All(journal.Index.FindMessage(Post.Id(2)), recipient =>
        {
            Assert.Equal(RecipientState.Held, recipient.State);
            Assert.True(recipient.IsDamaged);
        });
        Assert.Contains(disk.List("/spool/quarantine"), file => file.Name == Post.Id(2).ToString());
        Assert.NotNull(await journal.ReadAsync(Post.Id(1)));
        Assert.NotNull(await journal.ReadAsync(Post.Id(3)));
        Assert.Equal(0, journal.Index.Accounting.Gap);
    }

    [Fact]
    public async Task A_damaged_message_is_held_when_the_whole_journal_is_read()
    {
        var disk = new SimulatedDisk();
        await using (var life = new RecordedSpool(disk))
        {
            for (var message = 1; message <= 3; message++) await life.AcceptAsync(message, recipients: 2);
        }
        Damage(disk, "message 2");
        disk.Delete("/spool/snapshot");
        await using var journal = FileJournal.Open(
            SpoolHistory.Options, disk, new FakeTimeProvider(Post.Now), NullLoggerFactory.Instance);
        Assert.Equal((1, 1), (journal.Recovery.DamagedRanges, journal.Recovery.Quarantined));
        Assert.All(journal.Index.FindMessage(Post.Id(2)), one => Assert.Equal(RecipientState.Held, one.State));
        Assert.NotNull(await journal.ReadAsync(Post.Id(3)));
        Assert.Equal((6, 0), (journal.Index.Accounting.Waiting, journal.Index.Accounting.Gap));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(40)]
    [InlineData(-1)]
    public async Task A_damaged_snapshot_changes_nothing(int at)
    {
        var disk = new SimulatedDisk();
        await using (var life = new RecordedSpool(disk))
        {
            for (var message = 1; message <= 5; message++) await life.AcceptAsync(message, recipients: 2);
            await life.DeliverAsync(3);
        }
        using (var file = disk.Open("/spool/snapshot", DiskFileMode.ReadWrite))
        {
            var place = at < 0 ? file.Length + at : at;
            var one = new byte[1];
            file.Read(place, one);
            one[0] ^= 0x10;
            file.Write(place, [one]);
        }
        await using var journal = FileJournal.Open(
            SpoolHistory.Options, disk, new FakeTimeProvider(Post.Now), NullLoggerFactory.Instance);
        Assert.True(journal.Recovery.Frames > 0, "the journal was not read");
        Assert.Equal((8, 2, 0), (
            journal.Index.Accounting.Waiting, journal.Index.Accounting.Delivered, journal.Index.Accounting.Gap));
    }

    private static void Damage(SimulatedDisk disk, string text)
    {
        var needle = System.Text.Encoding.ASCII.GetBytes(text);
        foreach (var (path, bytes) in disk.Now.Files.Where(
            file => file.Key.StartsWith("/spool/log/", StringComparison.Ordinal)))
        {
            var place = bytes.AsSpan().IndexOf(needle);
            if (place < 0) continue;
            using var file = disk.Open(path, DiskFileMode.ReadWrite);
            file.Write(place, ["X"u8.ToArray()]);
        }
    }

    // False when something failed.
    private static async Task<bool> LiveAsync(SimulatedDisk disk)
    {
        RecordedSpool? life = null;
        try
        {
            life = new RecordedSpool(disk);
            for (var message = 1; message <= 20; message++)
            {
                await life.AcceptAsync(message, recipients: 2);
                if (message > 2 && message % 4 != 1) await life.DeliverAsync(message - 1);
                if (message % 7 == 0) await life.Journal.Housekeeper.PassAsync(CancellationToken.None);
            }
            return true;
        }
        catch (Exception e) when (e is JournalFailedException or SpoolFullException or DiskException)
        {
            return false;
        }
        finally
        {
            if (life is not null) await CloseAsync(life);
        }
    }

    private static async Task CloseAsync(RecordedSpool life)
    {
        try
        {
            await life.DisposeAsync();
        }
        catch (DiskException)
        {
            // The failing operation was one of the last: what was promised is judged all the same.
        }
    }
}
