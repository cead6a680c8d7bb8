using Ekiden.Spool.Disk;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Segments;

/// <summary>
/// An append-only log of atomic frames in segment files, with group commit. Knows nothing of messages: what is in a
/// frame, and when a segment may go, is the caller's business.
/// </summary>
/// <remarks>
/// Life: <see cref="Open"/>, <see cref="Replay"/> once, <see cref="Start"/>, then appends from any thread. A process
/// opens a directory only while it holds the lock of the spool (<see cref="IDisk.TryLock"/>).
/// </remarks>
internal sealed class SegmentLog : IAsyncDisposable
{
    private readonly FramePool _pool = new();

    private SegmentLog()
    {
    }

    /// <summary>Lists the segments of a directory; reads no frames yet.</summary>
    /// <exception cref="DiskException">The directory cannot be read or made.</exception>
    /// <exception cref="SpoolVersionException">It was written by a later version.</exception>
    public static SegmentLog Open(SegmentLogOptions options, IDisk disk, TimeProvider time, ILogger logger) =>
        throw new NotSupportedException();

    /// <summary>The segments, oldest first, the active one last.</summary>
    public IReadOnlyList<SegmentInfo> Segments => throw new NotSupportedException();

    /// <summary>Completes (with the cause) when a write or flush failed and the process must end.</summary>
    public Task<Exception> Failure => throw new NotSupportedException();

    /// <summary>What the log did since it was started.</summary>
    public SegmentLogCounters Counters => throw new NotSupportedException();

    /// <summary>
    /// Reads every frame from a position on, in order. Older segments are not looked at. A position in a segment that is
    /// gone means the beginning of the next one.
    /// </summary>
    public void Replay(LogPosition from, IReplayHandler handler, CancellationToken cancel) =>
        throw new NotSupportedException();

    /// <summary>Begins a new segment and starts the writer thread. After <see cref="Replay"/>.</summary>
    public void Start(IFrameApplier applier) => throw new NotSupportedException();

    /// <summary>An empty frame to fill and append, or to discard.</summary>
    public Frame NewFrame() => _pool.Rent();

    /// <summary>
    /// Appends a frame; completes when it is as durable as asked: <see cref="Durability.Flushed"/> after a flush, the
    /// others after the write. The frame is given back to the pool when the result is awaited: exactly once.
    /// </summary>
    /// <exception cref="SpoolFullException">No room; only when <see cref="Frame.IsNewMail"/>.</exception>
    /// <exception cref="JournalFailedException">A write or flush failed, now or earlier.</exception>
    /// <exception cref="ArgumentException">The frame is larger than a segment.</exception>
    /// <exception cref="ObjectDisposedException">The log is closed.</exception>
    public ValueTask<FrameLocation> AppendAsync(Frame frame, Durability durability) => throw new NotSupportedException();

    /// <summary>Reads a frame back and checks it. The caller disposes the payload.</summary>
    /// <exception cref="FrameDamagedException">It is not there, or not as it was written.</exception>
    public FramePayload Read(FrameLocation at) => throw new NotSupportedException();

    /// <summary>Reads a part of a payload, unchecked: the checksum covers the whole.</summary>
    /// <exception cref="FrameDamagedException">The segment is gone or too short.</exception>
    public void ReadPart(FrameLocation at, int offset, Span<byte> destination) => throw new NotSupportedException();

    /// <summary>
    /// Gives up a sealed segment; durable when it returns, so that the caller decides the order. Blocks for a directory
    /// sync.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is the active segment.</exception>
    public void Delete(long segment) => throw new NotSupportedException();

    /// <summary>
    /// Ends the active segment before it is full, so that it can be compacted or deleted; the next append begins a new
    /// one. Completes when done.
    /// </summary>
    public ValueTask SealActiveAsync() => throw new NotSupportedException();

    /// <summary>Null while new mail may be accepted; else why not, in a few words.</summary>
    /// <param name="expectedSize">Bytes of the message to come.</param>
    public string? RefusesNewMail(long expectedSize) => throw new NotSupportedException();

    /// <summary>Flushes and closes; appends after it fail.</summary>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}

/// <summary>What the log did since it was started.</summary>
/// <param name="Frames">Frames written.</param>
/// <param name="Bytes">Bytes written.</param>
/// <param name="Writes">Gathered writes.</param>
/// <param name="Flushes">Calls of fdatasync by the writer.</param>
/// <param name="Rolls">Segments begun.</param>
internal readonly record struct SegmentLogCounters(long Frames, long Bytes, long Writes, long Flushes, long Rolls);
