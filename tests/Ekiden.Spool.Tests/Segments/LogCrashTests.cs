using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Disk;

namespace Ekiden.Spool.Tests.Segments;

/// <summary>Whatever a crash leaves on the disk, what was promised is there, whole, and nothing else appears (LV0).</summary>
public sealed class LogCrashTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task A_commit_survives_every_crash(int sector)
    {
        var disk = new SimulatedDisk();
        await using (var log = RecordedLog.Start(disk, RecordedLog.Options with { SegmentSize = 64 << 10 }))
        {
            for (var id = 1; id <= 12; id++) await log.AppendAsync(id, 40 + (id * 90));
            await Task.WhenAll(Enumerable.Range(20, 6).Select(id => log.AppendAsync(id, 300 + id)));
            await log.AppendAsync(30, 500, Durability.Written);
            await log.AppendAsync(31, 500, Durability.Soon);
            await log.AppendAsync(32, 500);
        }

        Check(disk, RecordedLog.Options with { SegmentSize = 64 << 10 }, sector);
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

            Assert.Contains(disk.Operations, one => one is DiskOperation.Rename { From: var from } && from.EndsWith(".spare"));
        }

        Check(disk, RecordedLog.Options, sector);
    }

    private void Check(SimulatedDisk disk, SegmentLogOptions options, int sector)
    {
        var check = new LogCrashCheck(options);
        check.CheckAll(disk, sector);
        output.WriteLine($"{check.States} crash states of {disk.Operations.Length} operations, sectors of {sector}");
    }
}
