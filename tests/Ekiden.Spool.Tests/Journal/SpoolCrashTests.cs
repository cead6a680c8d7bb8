using Ekiden.Spool.Journal;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Spool.Tests.Journal;

/// <summary>
/// Whatever a crash leaves on the disk: acknowledged mail is there and can be read, finished mail stays finished,
/// nothing is unaccounted for, and a second recovery finds what the first found (INV1, INV9; LV0).
/// </summary>
public sealed class SpoolCrashTests(ITestOutputHelper output)
{
    [Fact]
    public Task Commits_and_rolls_survive_every_crash() => CheckAsync(512, async life =>
    {
        for (var message = 1; message <= 12; message++)
        {
            await life.AcceptAsync(message, recipients: 1 + (message % 2));
            if (message % 3 == 0) await life.DeliverAsync(message - 1);
        }
    });

    [Fact]
    public Task Snapshots_survive_every_crash() => CheckAsync(4096, async life =>
    {
        for (var message = 1; message <= 9; message++)
        {
            await life.AcceptAsync(message, recipients: 1);
            if (message > 2) await life.DeliverAsync(message - 2);
            if (message % 3 == 0) await life.Journal.Housekeeper.TakeSnapshotAsync(CancellationToken.None);
        }
    });

    [Fact]
    public Task Compaction_and_dropping_survive_every_crash() => CheckAsync(4096, async life =>
    {
        for (var message = 1; message <= 24; message++)
        {
            await life.AcceptAsync(message, recipients: 2);
            if (message > 2 && message % 8 != 1) await life.DeliverAsync(message - 1);
            if (message % 6 == 0) await life.Journal.Housekeeper.PassAsync(CancellationToken.None);
        }
        await life.Journal.Parts.Log.SealActiveAsync();
        await life.Journal.Housekeeper.PassAsync(CancellationToken.None);
        Assert.Contains(life.Disk.Operations, one => one is DiskOperation.Delete);
    });

    private async Task CheckAsync(int sector, Func<RecordedSpool, Task> live)
    {
        var disk = new SimulatedDisk();
        await using (var life = new RecordedSpool(disk)) await live(life);
        var operations = disk.Operations;
        var total = 0;
        Parallel.For(0, operations.Length + 1, new ParallelOptions { MaxDegreeOfParallelism = 2 }, count =>
        {
            var promised = SpoolPromises.UpTo(operations.Take(count));
            var states = new CrashStates(disk.Start, operations) { Sector = sector, Sample = 60 };
            var number = 0;
            Interlocked.Add(ref total, states.After(count, new Random(count), image =>
                Judge(image, promised, $"after {count} operations, state {number++}", isThorough: number % 8 == 0)));
        });
        output.WriteLine($"{total} crash states of {operations.Length} operations, sectors of {sector}");
    }

    private static void Judge(DiskImage image, SpoolPromises promised, string when, bool isThorough)
    {
        var (index, log) = Recover(image, withSnapshot: true);
        var found = SpoolModel.Text(index);
        Assert.True(index.Accounting.Gap == 0, $"{when}: a gap of {index.Accounting.Gap}");
        foreach (var (message, recipients) in promised.Waiting)
        {
            var home = RecordedSpool.HomeOf(index, message);
            Assert.True(home is not null, $"{when}: message {message} is lost");
            using var payload = log.Read(home.Value.Frame);
            StoredMessages.Parse(Post.Id(message), home.Value, payload.Memory.Span);
            Assert.Equal(recipients, index.FindMessage(Post.Id(message)).Length);
        }
        foreach (var message in promised.Finished)
            Assert.True(RecordedSpool.HomeOf(index, message) is null, $"{when}: message {message} came back");
        if (!isThorough) return;
        var (again, _) = Recover(image, withSnapshot: false);
        Assert.True(found == SpoolModel.Text(again),
            $"{when}: the journal says\n{SpoolModel.Text(again)}\nthe snapshot\n{found}");
    }

    private static (QueueIndex Index, SegmentLog Log) Recover(DiskImage image, bool withSnapshot)
    {
        var disk = new SimulatedDisk(image);
        var options = SpoolHistory.Options;
        disk.CreateDirectory(options.Directory);
        if (!withSnapshot && disk.List("/spool").Any(file => file.Name == "snapshot")) disk.Delete("/spool/snapshot");
        var time = new FakeTimeProvider(Post.Now);
        var recovery = new Recovery(options, disk, time, NullLoggerFactory.Instance, new MemoryStream());
        var log = recovery.Read(Superblock.Open(options.Directory, disk),
            new SpaceLimits { FloorBytes = 0, FloorPart = 0 });
        return (recovery.Index, log);
    }
}
