using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Spool.Tests.Segments;

/// <summary>
/// Opens the log in every state that a crash may leave, after every operation of a recorded run, and judges what is
/// found by what had been promised.
/// </summary>
internal sealed class LogCrashCheck(SegmentLogOptions options)
{
    private int _states;

    /// <summary>States judged so far.</summary>
    public int States => _states;

    /// <summary>Judges every state after every operation.</summary>
    public void CheckAll(SimulatedDisk disk, int sector, int sample = 300)
    {
        var count = disk.Operations.Length + 1;
        Parallel.For(
            0, count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, after =>
                CheckAfter(disk, after, sample, sector));
    }

    /// <summary>Judges every state after the first operations.</summary>
    public void CheckAfter(SimulatedDisk disk, int count, int sample, int sector = 512)
    {
        var operations = disk.Operations;
        var promised = Promises.UpTo(operations.Take(count));
        var states = new CrashStates(disk.Start, operations) { Sector = sector, Sample = sample };
        Interlocked.Add(ref _states, states.After(count, new Random(count), image => Check(image, promised, count)));
    }

    /// <summary>Judges one state.</summary>
    public FoundFrames Check(DiskImage image, Promises promised, int count)
    {
        var log = SegmentLog.Open(options, new SimulatedDisk(image), TimeProvider.System, NullLogger.Instance);
        var found = new FoundFrames();
        log.Replay(LogPosition.Start, found, CancellationToken.None);
        Assert.True(found.Damage.Count == 0, $"after {count} operations: {string.Join(", ", found.Damage)}");
        var ids = found.Ids.ToHashSet();
        Assert.True(ids.Count == found.Ids.Count, $"after {count} operations: a frame was found twice");
        Assert.True(ids.IsSupersetOf(promised.Kept),
            $"after {count} operations: lost {Text(promised.Kept.Except(ids))}");
        Assert.False(ids.Overlaps(promised.Gone),
            $"after {count} operations: {Text(ids.Intersect(promised.Gone))} came back");
        return found;
    }

    private static string Text(IEnumerable<long> ids) => string.Join(", ", ids);
}

/// <summary>What a log had promised at some moment.</summary>
internal sealed record Promises(HashSet<long> Kept, HashSet<long> Gone)
{
    public static Promises UpTo(IEnumerable<DiskOperation> operations)
    {
        var result = new Promises([], []);
        foreach (var note in operations.OfType<DiskOperation.Note>())
        {
            switch (note.What)
            {
                case Promise.Found found:
                    result.Kept.UnionWith(found.Ids);
                    break;
                case Promise.Kept { IsFlushed: true } kept:
                    result.Kept.Add(kept.Id);
                    break;
                case Promise.MayBeGone gone:
                    result.Kept.ExceptWith(gone.Ids);
                    break;
                case Promise.Gone gone:
                    result.Gone.UnionWith(gone.Ids);
                    break;
            }
        }

        return result;
    }
}
