using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Disk;

namespace Ekiden.Spool.Tests.Segments;

public sealed class SegmentLogTests
{
    [Fact]
    public async Task What_was_appended_is_read_back_and_replayed_in_order()
    {
        var disk = new SimulatedDisk();
        await using (var log = RecordedLog.Start(disk, RecordedLog.Options))
        {
            for (var id = 1; id <= 30; id++)
            {
                var at = await log.AppendAsync(id, 8 + (id * 13));
                using var payload = log.Log.Read(at);
                Assert.Equal(RecordedLog.Payload(id, at.Length), payload.Memory.ToArray());
                var part = new byte[3];
                log.Log.ReadPart(at, 5, part);
                Assert.Equal(RecordedLog.Payload(id, at.Length)[5..8], part);
            }

            Assert.True(log.Log.Segments.Count > 1);
        }

        var found = new FoundFrames();
        var again = SegmentLog.Open(
            RecordedLog.Options, disk, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        again.Replay(LogPosition.Start, found, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 30).Select(id => (long)id), found.Ids);
        var rest = new FoundFrames();
        again.Replay(found.Places[10].End, rest, CancellationToken.None);
        Assert.Equal(found.Ids[11..], rest.Ids);
        await again.DisposeAsync();
    }

    // A new segment has no live mail: taken for sealed, it would be given up while it is written to.
    [Fact]
    public async Task The_newest_segment_is_never_sealed_while_the_log_goes_from_one_to_the_next()
    {
        await using var log = RecordedLog.Start(new SimulatedDisk(), RecordedLog.Options);
        var appending = Task.Run(
            async () =>
            {
                for (var id = 1; id <= 5_000; id++) await log.AppendAsync(id, 200);
            }, TestContext.Current.CancellationToken);
        var looks = 0;
        for (; !appending.IsCompleted; looks++)
            Assert.DoesNotContain(log.Log.Segments.TakeLast(1), newest => newest.IsSealed);
        await appending;
        Assert.True(log.Log.Segments.Count > 100, "the log did not go on often enough to show anything");
        Assert.True(looks > 100, $"only {looks} looks");
    }
}
