using Ekiden.Spool.Disk;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Disk;

namespace Ekiden.Spool.Tests.Segments;

/// <summary>Whatever a crash leaves on the disk, what was promised is there, whole, and nothing else appears
/// (LV0).</summary>
public sealed class LogCrashTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task A_commit_survives_every_crash(int sector)
    {
        var options = RecordedLog.Options with { SegmentSize = 64 << 10 };
        var disk = new SimulatedDisk();
        await using (var log = RecordedLog.Start(disk, options))
        {
            for (var id = 1; id <= 12; id++) await log.AppendAsync(id, 40 + (id * 90));
            for (var id = 100; id < 250; id += 10)
                await log.AppendBatchAsync([.. Enumerable.Range(id, 9).Select(one => (long)one)], 610);
            await log.AppendAsync(70, 500, Durability.Written);
            await log.AppendAsync(71, 500, Durability.Soon);
            await log.AppendAsync(72, 500);
        }

        var states = Check(disk, options, sector);
        if (sector == 512) Assert.True(states >= 100_000, $"only {states} crash states");
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task A_roll_to_the_next_segment_survives_every_crash(int sector)
    {
        var disk = new SimulatedDisk();
        await using (var log = RecordedLog.Start(disk, RecordedLog.Options))
        {
            for (var id = 1; id <= 20; id++)
                await log.AppendAsync(id, 700, id % 3 == 0 ? Durability.Written : Durability.Flushed);
        }

        Check(disk, RecordedLog.Options, sector);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task A_reused_segment_survives_every_crash_and_shows_nothing_old(int sector)
    {
        var disk = new SimulatedDisk();
        await using (var log = RecordedLog.Start(disk, RecordedLog.Options))
        {
            var places = new Dictionary<long, List<long>>();
            for (var id = 1; id <= 40; id++)
            {
                var at = await log.AppendAsync(id, 600 + (id % 5 * 8));
                places.TryAdd(at.Segment, []);
                places[at.Segment].Add(id);
                if (places.Count < 3) continue;
                var (oldest, ids) = places.MinBy(one => one.Key);
                log.Delete(oldest, [.. ids]);
                places.Remove(oldest);
            }

            Assert.Contains(disk.Operations, one => one is DiskOperation.Rename { From: var from }
                && from.EndsWith(".spare"));
        }

        Check(disk, RecordedLog.Options, sector);
    }

    [Fact]
    public async Task A_restart_after_a_crash_survives_every_further_crash()
    {
        var disk = new SimulatedDisk();
        await using (var log = RecordedLog.Start(disk, RecordedLog.Options))
        {
            for (var id = 1; id <= 9; id += 3) await log.AppendBatchAsync([id, id + 1, id + 2], 400);
        }

        var random = new Random(7);
        var left = new List<DiskImage>();
        for (var count = 0; count <= disk.Operations.Length; count++)
        {
            new CrashStates(disk.Start, disk.Operations) { Sample = 20 }.After(count, random, image =>
            {
                if (random.Next(5) == 0) left.Add(image);
            });
        }

        var check = new LogCrashCheck(RecordedLog.Options);
        foreach (var image in left.Take(40))
        {
            var again = new SimulatedDisk(image);
            await using (var log = RecordedLog.Start(again, RecordedLog.Options))
            {
                await log.AppendAsync(101, 400);
                await log.AppendBatchAsync([102, 103], 300);
            }

            check.CheckAll(again, sector: 512, sample: 50);
        }

        output.WriteLine($"{check.States} crash states after a restart from {Math.Min(40, left.Count)} crash states");
    }

    // Reliability §0.1: after a flush that failed, a later one succeeds without having written anything.
    [Fact]
    public async Task What_a_restart_finds_is_durable_even_when_the_last_flush_before_it_had_failed()
    {
        var disk = new SimulatedDisk();
        var log = RecordedLog.Start(disk, RecordedLog.Options);
        await log.AppendAsync(1, 400);
        disk.Fault = (_, operation) => operation is DiskOperation.Sync ? Errno.InputOutput : 0;
        await Assert.ThrowsAsync<JournalFailedException>(() => log.AppendAsync(2, 400));
        await log.DisposeAsync();
        disk.Fault = null;
        await using (var again = RecordedLog.Start(disk, RecordedLog.Options)) await again.AppendAsync(3, 400);
        Assert.Contains(disk.Operations, one => one is DiskOperation.Note { What: Promise.Found { Ids: [1, 2] } });
        Check(disk, RecordedLog.Options, 512);
    }

    private int Check(SimulatedDisk disk, SegmentLogOptions options, int sector)
    {
        var check = new LogCrashCheck(options);
        check.CheckAll(disk, sector);
        output.WriteLine($"{check.States} crash states of {disk.Operations.Length} operations, sectors of {sector}");
        return check.States;
    }
}
