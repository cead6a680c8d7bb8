using Ekiden.Spool.Disk;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Spool.Tests.Segments;

/// <summary>Damage to what was durable is told, kept and passed over, never taken for a torn tail (INV10).</summary>
public sealed class LogDamageTests
{
    private static async Task<(SimulatedDisk Disk, FrameLocation[] Places)> WriteAsync(int frames, int size = 400)
    {
        var disk = new SimulatedDisk();
        var places = new FrameLocation[frames];
        await using (var log = RecordedLog.Start(disk, RecordedLog.Options))
        {
            for (var i = 0; i < frames; i++) places[i] = await log.AppendAsync(i + 1, size);
        }

        return (disk, places);
    }

    private static void Change(SimulatedDisk disk, long segment, int at, int count = 1)
    {
        using var file = disk.Open($"/log/{segment:x16}.segment", DiskFileMode.ReadWrite);
        var bytes = new byte[count];
        file.Read(at, bytes);
        for (var i = 0; i < count; i++) bytes[i] ^= 0x5A;
        file.Write(at, [bytes]);
    }

    private static FoundFrames Replay(SimulatedDisk disk)
    {
        var found = new FoundFrames();
        SegmentLog.Open(RecordedLog.Options, disk, TimeProvider.System, NullLogger.Instance)
            .Replay(LogPosition.Start, found, CancellationToken.None);
        return found;
    }

    // Frame 3 is in a sealed segment, frame 19 in the last one, frame 20 is the last frame of all.
    [Theory]
    [InlineData(3)]
    [InlineData(19)]
    [InlineData(20)]
    public async Task A_changed_byte_in_any_payload_loses_that_frame_alone_and_is_reported(int which)
    {
        var (disk, places) = await WriteAsync(20);
        var at = places[which - 1];
        Change(disk, at.Segment, at.Offset + FrameHeader.Size + 100);
        var found = Replay(disk);
        Assert.Equal(Enumerable.Range(1, 20).Where(id => id != which).Select(id => (long)id), found.Ids);
        var damage = Assert.Single(found.Damage);
        Assert.Equal(new DamagedRange(at.Segment, at.Offset, at.Size, DamageCause.Payload, 1), damage);
        Assert.Equal(which, BitConverter.ToInt64(found.DamagedBytes[0]));
        var kept = Assert.Single(disk.Now.Files, one =>
            one.Key.StartsWith("/log/quarantine/", StringComparison.Ordinal));
        Assert.Equal(at.Size, kept.Value.Length);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(19)]
    public async Task A_changed_header_loses_that_frame_alone_and_is_reported(int which)
    {
        var (disk, places) = await WriteAsync(20);
        var at = places[which - 1];
        Change(disk, at.Segment, at.Offset, FrameHeader.Size);
        var found = Replay(disk);
        Assert.Equal(Enumerable.Range(1, 20).Where(id => id != which).Select(id => (long)id), found.Ids);
        Assert.Equal(
            new DamagedRange(at.Segment, at.Offset, at.Size, DamageCause.Header, 1), Assert.Single(found.Damage));
    }

    [Fact]
    public async Task Damage_is_the_same_at_every_start_and_is_kept_once()
    {
        var (disk, places) = await WriteAsync(20);
        Change(disk, places[4].Segment, places[4].Offset + 60, 500);
        var first = Replay(disk);
        var second = Replay(disk);
        Assert.NotEmpty(first.Damage);
        Assert.Equal(first.Damage, second.Damage);
        Assert.Equal(first.Ids, second.Ids);
        Assert.Equal(
            first.Damage.Count, disk.Now.Files.Keys.Count(
                path => path.StartsWith("/log/quarantine/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_sealed_segment_that_became_shorter_is_reported()
    {
        var (disk, places) = await WriteAsync(20);
        using (var file = disk.Open($"/log/{places[0].Segment:x16}.segment", DiskFileMode.ReadWrite))
            file.SetLength(places[2].Offset);
        var found = Replay(disk);
        Assert.DoesNotContain(3, found.Ids);
        Assert.Contains(found.Damage, one => one.Cause == DamageCause.Missing && one.Offset == places[2].Offset);
        Assert.Contains(20, found.Ids);
    }

    [Fact]
    public async Task A_damaged_segment_header_is_reported_and_its_frames_are_read()
    {
        var (disk, places) = await WriteAsync(20);
        Change(disk, places[0].Segment, 0, 8);
        var found = Replay(disk);
        Assert.Equal(Enumerable.Range(1, 20).Select(id => (long)id), found.Ids);
        Assert.Equal(DamageCause.SegmentHeader, Assert.Single(found.Damage).Cause);
    }

    [Fact]
    public async Task A_frame_that_is_damaged_is_not_read()
    {
        var disk = new SimulatedDisk();
        await using var log = RecordedLog.Start(disk, RecordedLog.Options);
        var at = await log.AppendAsync(1, 400);
        var other = await log.AppendAsync(2, 400);
        Change(disk, at.Segment, at.Offset + 200);
        Assert.Throws<FrameDamagedException>(() => log.Log.Read(at));
        Assert.Throws<FrameDamagedException>(() => log.Log.Read(other with { Segment = 99 }));
        Assert.Throws<FrameDamagedException>(() => log.Log.Read(other with { Length = 392 }));
        using var payload = log.Log.Read(other);
        Assert.Equal(400, payload.Memory.Length);
    }

    [Fact]
    public async Task A_later_version_is_refused_and_not_taken_for_damage()
    {
        var (disk, places) = await WriteAsync(3);
        using (var file = disk.Open($"/log/{places[1].Segment:x16}.segment", DiskFileMode.ReadWrite))
        {
            var header = new byte[FrameHeader.Size];
            file.Read(places[1].Offset, header);
            header[4] = FrameHeader.Version + 1;
            BitConverter.TryWriteBytes(header.AsSpan(44), Crc32C.Of(header.AsSpan(0, 44)));
            file.Write(places[1].Offset, [header]);
        }

        Assert.Throws<SpoolVersionException>(() => Replay(disk));
    }

    // The check value of RFC 3720 §B.4.
    [Fact]
    public void The_checksum_is_the_one_of_the_standard() =>
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
}
