using System.Buffers.Binary;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Spool.Tests.Segments;

/// <summary>
/// A segment log on a simulated disk that notes, among the disk's operations, what it has promised: so a crash state
/// can be judged by what had been promised up to it.
/// </summary>
internal sealed class RecordedLog : IFrameApplier, IAsyncDisposable
{
    private readonly ManualResetEventSlim _mayGoOn = new(true);
    private readonly SemaphoreSlim _isHeldUp = new(0);

    private RecordedLog(SimulatedDisk disk, SegmentLog log)
    {
        Disk = disk;
        Log = log;
    }

    public SimulatedDisk Disk { get; }

    public SegmentLog Log { get; }

    public static SegmentLogOptions Options { get; } = new("/log")
    {
        SegmentSize = 4096,
        Spares = 2,
        FillAhead = false,
        ReserveSize = 0,
    };

    /// <summary>Opens, replays and starts a log; everything found counts as promised.</summary>
    public static RecordedLog Start(SimulatedDisk disk, SegmentLogOptions options, TimeProvider? time = null)
    {
        var log = SegmentLog.Open(options, disk, time ?? TimeProvider.System, NullLogger.Instance);
        var found = new FoundFrames();
        log.Replay(LogPosition.Start, found, CancellationToken.None);
        Assert.Empty(found.Damage);
        var recorded = new RecordedLog(disk, log);
        log.Start(recorded);
        // From here on: the start makes durable what the last process may have left in memory.
        disk.Note(new Promise.Found([.. found.Ids]));
        return recorded;
    }

    /// <summary>Appends the frame of that number.</summary>
    public async Task<FrameLocation> AppendAsync(
        long id, int size, Durability durability = Durability.Flushed, bool isNewMail = false)
    {
        var frame = Log.NewFrame();
        FillPayload(frame, id, size);
        frame.State = new Written(id, durability);
        frame.IsNewMail = isNewMail;
        var at = await Log.AppendAsync(frame, durability);
        return at;
    }

    /// <summary>Appends a frame, holds the writer up behind it until all others wait: so these are written in one
    /// batch.</summary>
    public async Task AppendBatchAsync(IReadOnlyList<long> ids, int size, Durability durability = Durability.Flushed)
    {
        _mayGoOn.Reset();
        var first = AppendAsync(ids[0], size, durability);
        await _isHeldUp.WaitAsync();
        var rest = ids.Skip(1).Select(id => AppendAsync(id, size, durability)).ToArray();
        _mayGoOn.Set();
        await first;
        await Task.WhenAll(rest);
    }

    public void Delete(long segment, params long[] ids)
    {
        Disk.Note(new Promise.MayBeGone(ids));
        Log.Delete(segment);
        Disk.Note(new Promise.Gone(ids));
    }

    public void Applied(ReadOnlySpan<AppliedFrame> frames, LogPosition? through)
    {
        foreach (var frame in frames)
        {
            var written = (Written)frame.State!;
            Disk.Note(new Promise.Kept(written.Id, written.Durability == Durability.Flushed));
        }

        if (_mayGoOn.IsSet) return;
        _isHeldUp.Release();
        _mayGoOn.Wait();
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        _mayGoOn.Dispose();
        _isHeldUp.Dispose();
    }

    /// <summary>The payload of a number: the number, then bytes that follow from it; half of them by
    /// reference.</summary>
    public static void FillPayload(Frame frame, long id, int size)
    {
        var bytes = Payload(id, size);
        bytes.AsSpan(0, size / 2).CopyTo(frame.GetSpan(size));
        frame.Advance(size / 2);
        frame.Refer(bytes.AsMemory(size / 2));
    }

    public static byte[] Payload(long id, int size)
    {
        var bytes = new byte[size];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, id);
        for (var i = 8; i < size; i++) bytes[i] = (byte)((id * 31) + (i * 7) + (i >> 8));
        return bytes;
    }

    private sealed record Written(long Id, Durability Durability);
}

/// <summary>What a log has promised.</summary>
internal abstract record Promise
{
    private Promise() { } // closed: every case is below

    /// <summary>These were found at the start.</summary>
    public sealed record Found(long[] Ids) : Promise;

    /// <summary>It is in the log: it survives a crash of the machine when flushed, else one of the process.</summary>
    public sealed record Kept(long Id, bool IsFlushed) : Promise;

    /// <summary>Their segment is being deleted.</summary>
    public sealed record MayBeGone(long[] Ids) : Promise;

    /// <summary>Their segment is deleted: they never come back.</summary>
    public sealed record Gone(long[] Ids) : Promise;
}
