using Ekiden.Spool.Disk;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Disk;

namespace Ekiden.Spool.Tests.Segments;

public sealed class ContentSegmentsTests
{
    private static readonly ContentOptions Options = new("/content") { SegmentSize = 1 << 20, Threads = 1 };

    private static byte[] Bytes(int length) => RecordedLog.Payload(length, length);

    private static async Task<ContentLocation> StoreAsync(ContentSegments segments, byte[] bytes, int step)
    {
        using var writer = segments.NewWriter(bytes.Length);
        for (var at = 0; at < bytes.Length; at += step)
            await writer.WriteAsync(bytes.AsMemory(at, Math.Min(step, bytes.Length - at)), CancellationToken.None);
        Assert.Equal(bytes.Length, writer.Length);
        return await writer.CompleteAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(65535, 1000)]
    [InlineData(65536, 65536)]
    [InlineData(65537, 65537)]
    [InlineData(262144, 4096)]
    [InlineData(262145, 262145)]
    [InlineData(700001, 700001)]
    [InlineData(700001, 777)]
    public async Task Content_of_any_length_and_written_in_any_pieces_is_read_back(int length, int step)
    {
        using var segments = ContentSegments.Open(Options, new SimulatedDisk(), TimeProvider.System);
        var before = await StoreAsync(segments, Bytes(100), 100);
        var bytes = Bytes(length);
        var at = await StoreAsync(segments, bytes, step);
        Assert.Equal((before.Segment, length, Crc32C.Of(bytes)), (at.Segment, at.Length, at.Checksum));
        var read = new byte[length + 10];
        Assert.Equal(length, segments.Read(at, 0, read));
        Assert.Equal(bytes, read[..length]);
        Assert.Equal(Math.Min(5, length - 3), segments.Read(at, 3, read.AsSpan(0, 5)));
        Assert.Equal(bytes[3..Math.Min(8, length)], read[..Math.Min(5, length - 3)]);
        Assert.Equal(0, segments.Read(at, length, read));
    }

    [Fact]
    public async Task Content_that_was_completed_survives_every_crash()
    {
        var disk = new SimulatedDisk();
        ContentLocation first, second;
        int afterFirst, afterSecond;
        using (var segments = ContentSegments.Open(Options, disk, TimeProvider.System))
        {
            first = await StoreAsync(segments, Bytes(300_000), 300_000);
            afterFirst = disk.Operations.Length;
            second = await StoreAsync(segments, Bytes(70_000), 70_000);
            afterSecond = disk.Operations.Length;
        }

        Assert.Equal(first.Segment, second.Segment);
        for (var count = afterFirst; count <= disk.Operations.Length; count++)
        {
            new CrashStates(disk.Start, disk.Operations) { Sector = 4096, Sample = 50 }.After(
                count, new Random(1), image =>
            {
                using var segments = ContentSegments.Open(Options, new SimulatedDisk(image), TimeProvider.System);
                AssertHolds(segments, first, 300_000);
                if (count >= afterSecond) AssertHolds(segments, second, 70_000);
            });
        }
    }

    [Fact]
    public async Task Two_writers_at_a_time_have_a_file_each_and_a_later_one_goes_on_behind_them()
    {
        using var segments = ContentSegments.Open(Options, new SimulatedDisk(), TimeProvider.System);
        using (var one = segments.NewWriter(10))
        using (var other = segments.NewWriter(10))
        {
            await one.WriteAsync(Bytes(10), CancellationToken.None);
            await other.WriteAsync(Bytes(20), CancellationToken.None);
            var first = await one.CompleteAsync(CancellationToken.None);
            var second = await other.CompleteAsync(CancellationToken.None);
            Assert.NotEqual(first.Segment, second.Segment);
            AssertHolds(segments, first, 10);
            AssertHolds(segments, second, 20);
        }

        var third = await StoreAsync(segments, Bytes(30), 30);
        Assert.True(third.Offset > 0);
        AssertHolds(segments, third, 30);
    }

    [Fact]
    public async Task A_changed_block_is_not_given_out_and_the_blocks_before_it_are()
    {
        var disk = new SimulatedDisk();
        using var segments = ContentSegments.Open(Options, disk, TimeProvider.System);
        var at = await StoreAsync(segments, Bytes(200_000), 200_000);
        using (var file = disk.Open("/content/0000000000000001.content", DiskFileMode.ReadWrite))
            file.Write(ContentBlock.Size + 500, [new byte[] { 0xEE }]);
        var read = new byte[200_000];
        Assert.Equal(ContentBlock.Full, segments.Read(at, 0, read.AsSpan(0, ContentBlock.Full)));
        Assert.Throws<FrameDamagedException>(() => segments.Read(at, 0, read.AsSpan(0, ContentBlock.Full + 1)));
        Assert.Equal(100, segments.Read(at, ContentBlock.Full * 2, read.AsSpan(0, 100)));
    }

    [Fact]
    public async Task A_file_is_deleted_only_when_no_writer_holds_it_and_its_id_is_not_used_again()
    {
        var disk = new SimulatedDisk();
        using (var segments = ContentSegments.Open(Options, disk, TimeProvider.System))
        {
            var writer = segments.NewWriter(10);
            await writer.WriteAsync(Bytes(10), CancellationToken.None);
            var at = await writer.CompleteAsync(CancellationToken.None);
            Assert.False(segments.Delete(at.Segment));
            writer.Dispose();
            Assert.True(segments.Delete(at.Segment));
            Assert.Throws<FrameDamagedException>(() => segments.Read(at, 0, new byte[10]));
        }

        using var again = ContentSegments.Open(Options, new SimulatedDisk(disk.Now), TimeProvider.System);
        Assert.Equal(2, (await StoreAsync(again, Bytes(10), 10)).Segment);
        Assert.True(again.Delete(1));
        Assert.Equal(2, Assert.Single(again.Segments).Id);
    }

    [Fact]
    public async Task A_full_disk_refuses_the_content_and_nothing_has_failed()
    {
        var disk = new SimulatedDisk { Capacity = 400_000 };
        var none = Options with { Space = new SpaceLimits { FloorBytes = 0, FloorPart = 0, FloorInodes = 0 } };
        using var segments = ContentSegments.Open(none, disk, TimeProvider.System);
        Assert.Throws<SpoolFullException>(() => segments.NewWriter(500_000));
        await Assert.ThrowsAsync<SpoolFullException>(async () =>
        {
            using var writer = segments.NewWriter(10);
            for (var i = 0; i < 10; i++) await writer.WriteAsync(Bytes(100_000), CancellationToken.None);
        });
        Assert.False(segments.Failure.IsCompleted);
    }

    [Fact]
    public async Task A_flush_that_fails_is_the_end_and_is_not_tried_again()
    {
        var disk = new SimulatedDisk
        {
            Fault = (_, operation) => operation is DiskOperation.Sync ? Errno.InputOutput : 0,
        };
        using var segments = ContentSegments.Open(Options, disk, TimeProvider.System);
        using var writer = segments.NewWriter(10);
        await writer.WriteAsync(Bytes(10), CancellationToken.None);
        await Assert.ThrowsAsync<JournalFailedException>(
            async () => await writer.CompleteAsync(CancellationToken.None));
        Assert.IsType<DiskException>(await segments.Failure);
        Assert.Throws<JournalFailedException>(() => segments.NewWriter(10));
        Assert.Single(disk.Operations, one => one is DiskOperation.FailedSync);
    }

    private static void AssertHolds(ContentSegments segments, ContentLocation at, int length)
    {
        var read = new byte[length];
        Assert.Equal(length, segments.Read(at, 0, read));
        Assert.Equal(Bytes(length), read);
    }
}
