using Ekiden.Spool.Disk;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Spool.Tests.Segments;

/// <summary>When the log flushes, and for whom.</summary>
public sealed class LogTimingTests
{
    private static readonly SegmentLogOptions Options = RecordedLog.Options with { SegmentSize = 1 << 20 };

    private static int Flushes(RecordedLog log) => (int)log.Log.Counters.Flushes;

    [Fact]
    public async Task Frames_that_wait_together_are_written_and_flushed_once()
    {
        await using var log = RecordedLog.Start(new SimulatedDisk(), Options, new FakeTimeProvider());
        await log.AppendAsync(1, 100);
        var before = log.Log.Counters;
        await log.AppendBatchAsync([.. Enumerable.Range(2, 50).Select(id => (long)id)], 1000);
        var after = log.Log.Counters;
        // The first of them held the writer up, the others went together.
        Assert.Equal(2, after.Flushes - before.Flushes);
        Assert.Equal(2, after.Writes - before.Writes);
        Assert.Equal(50, after.Frames - before.Frames);
    }

    [Fact]
    public async Task A_written_frame_causes_no_flush_and_a_soon_one_is_flushed_when_its_time_is_over()
    {
        var disk = new SimulatedDisk();
        var time = new FakeTimeProvider();
        await using var log = RecordedLog.Start(disk, Options, time);
        await log.AppendAsync(1, 100, Durability.Written);
        await log.AppendAsync(2, 100, Durability.Soon);
        Assert.Equal(0, Flushes(log));
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        disk.Fault = (_, operation) =>
        {
            if (operation is DiskOperation.Sync) flushed.TrySetResult();
            return 0;
        };
        time.Advance(Options.SoonBound - TimeSpan.FromMilliseconds(1));
        Assert.False(flushed.Task.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await flushed.Task;
    }

    [Fact]
    public async Task A_soon_frame_rides_along_with_the_flush_of_another()
    {
        var time = new FakeTimeProvider();
        await using var log = RecordedLog.Start(new SimulatedDisk(), Options, time);
        await log.AppendAsync(1, 100, Durability.Soon);
        await log.AppendAsync(2, 100);
        Assert.Equal(1, Flushes(log));
        Assert.True(Options.SoonBound < TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public async Task Damage_to_the_last_flushed_frame_is_told_even_after_a_crash_once_the_log_was_idle()
    {
        var disk = new SimulatedDisk();
        var time = new FakeTimeProvider();
        await using var log = RecordedLog.Start(disk, Options, time);
        var at = await log.AppendAsync(1, 400);
        var marked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        disk.Fault = (_, operation) =>
        {
            if (operation is DiskOperation.Write) marked.TrySetResult();
            return 0;
        };
        time.Advance(Options.MarkBound);
        await marked.Task;
        await log.AppendAsync(2, 104, Durability.Written);
        var crashed = new SimulatedDisk(disk.Now);
        using (var file = crashed.Open($"/log/{at.Segment:x16}.segment", DiskFileMode.ReadWrite))
            file.Write(at.Offset + 200, [new byte[] { 1, 2, 3 }]);
        var found = new FoundFrames();
        SegmentLog.Open(Options, crashed, time, NullLogger.Instance)
            .Replay(LogPosition.Start, found, CancellationToken.None);
        Assert.Equal([2], found.Ids);
        Assert.Equal(at.Offset, Assert.Single(found.Damage).Offset);
    }

    [Fact]
    public async Task Producers_wait_when_too_much_waits_and_go_on_when_it_is_written()
    {
        var options = Options with { WaitingBytes = 4000 };
        await using var log = RecordedLog.Start(new SimulatedDisk(), options);
        await log.AppendBatchAsync([.. Enumerable.Range(1, 40).Select(id => (long)id)], 1000);
        Assert.Equal(40, log.Log.Counters.Frames);
    }

    [Fact]
    public async Task A_sealed_segment_can_be_deleted_and_the_active_one_cannot()
    {
        await using var log = RecordedLog.Start(new SimulatedDisk(), Options);
        var at = await log.AppendAsync(1, 100);
        Assert.Throws<InvalidOperationException>(() => log.Log.Delete(at.Segment));
        await log.Log.SealActiveAsync();
        Assert.True(log.Log.Segments.Single(one => one.Id == at.Segment).IsSealed);
        log.Delete(at.Segment, 1);
        Assert.Throws<FrameDamagedException>(() => log.Log.Read(at));
        Assert.NotEqual(at.Segment, (await log.AppendAsync(2, 100)).Segment);
    }

    [Fact]
    public async Task A_frame_larger_than_half_a_segment_is_refused_and_one_of_that_size_is_not()
    {
        await using var log = RecordedLog.Start(new SimulatedDisk(), RecordedLog.Options);
        await log.AppendAsync(1, log.Log.MaxPayload);
        await Assert.ThrowsAsync<ArgumentException>(() => log.AppendAsync(2, log.Log.MaxPayload + 1));
    }

    [Fact]
    public async Task A_closed_log_takes_nothing_more()
    {
        var log = RecordedLog.Start(new SimulatedDisk(), Options);
        await log.AppendAsync(1, 100);
        await log.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => log.AppendAsync(2, 100));
    }
}
