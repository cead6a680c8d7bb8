using System.Buffers;
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
    private readonly SegmentLogOptions _options;
    private readonly IDisk _disk;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SpaceGuard _space;
    private readonly SegmentStore _store;
    private readonly SegmentKeeper _keeper;
    private readonly FramePool _pool = new();
    private readonly FrameQueue _queue = new();
    private readonly WaitingRoom _room;
    private LogTail? _tail;
    private SegmentAppender? _appender;
    private LogWriter? _writer;

    private SegmentLog(SegmentLogOptions options, IDisk disk, TimeProvider time, ILogger logger)
    {
        _options = options;
        _disk = disk;
        _time = time;
        _logger = logger;
        _space = new SpaceGuard(disk, options.Directory, options.Space, time);
        _store = new SegmentStore(options, disk, _space, logger);
        _keeper = new SegmentKeeper(_store, options.FillAhead, logger);
        _room = new WaitingRoom(options.WaitingBytes);
    }

    /// <summary>Lists the segments of a directory; reads no frames yet.</summary>
    /// <exception cref="DiskException">The directory cannot be read or made.</exception>
    public static SegmentLog Open(SegmentLogOptions options, IDisk disk, TimeProvider time, ILogger logger)
    {
        var log = new SegmentLog(options, disk, time, logger);
        log._store.Open();
        return log;
    }

    /// <summary>The segments, oldest first, the active one last.</summary>
    public IReadOnlyList<SegmentInfo> Segments
    {
        get
        {
            // In this order, and by "before": the writer may begin the next segment between the two looks, and a new
            // segment that passed for a sealed one without live mail would be given up with all that is written to it.
            var active = _appender?.ActiveSegment ?? long.MaxValue;
            return Array.ConvertAll(_store.Segments, one => new SegmentInfo(one.Id, one.Length, one.Id < active));
        }
    }

    /// <summary>The end of what is flushed; the beginning of any log before it was started.</summary>
    public LogPosition DurableEnd => _appender?.DurableEnd ?? LogPosition.Start;

    /// <summary>A segment to read by oneself; null when it is gone. Leave it.</summary>
    public Segment? EnterSegment(long id) => _store.Enter(id);

    /// <summary>Completes (with the cause) when a write or flush failed and the process must end.</summary>
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public Task<Exception> Failure => Writer.Failure;

    /// <summary>What the log did since it was started.</summary>
    public SegmentLogCounters Counters => (_appender?.Counters ?? default) with { Frames = _writer?.Frames ?? 0 };

    /// <summary>The largest payload that a frame may have.</summary>
    // Every segment has room for it, also one that is reused and a little shorter than the others.
    public int MaxPayload => (_options.SegmentSize / 2) - FrameHeader.Size;

    private LogWriter Writer => _writer ?? throw new InvalidOperationException("The log is not started.");

    /// <summary>
    /// Reads every frame from a position on, in order. Older segments are not looked at. A position in a segment that
    /// is gone means the beginning of the next one; a position behind the end of a segment too (a crash can leave the
    /// log shorter than a snapshot of frames that were not flushed).
    /// </summary>
    /// <exception cref="DiskException">The disk cannot be read.</exception>
    /// <exception cref="SpoolVersionException">It was written by a later version.</exception>
    public void Replay(LogPosition from, IReplayHandler handler, CancellationToken cancel)
    {
        var quarantine = new Quarantine(_disk, Path.Combine(_options.Directory, "quarantine"));
        _tail = new LogRecovery(_store, quarantine, _logger).Run(from, handler, cancel);
    }

    /// <summary>Begins a new segment and starts the writer thread. After <see cref="Replay"/>.</summary>
    /// <exception cref="DiskException">The end of the log cannot be made durable, or no segment can be
    /// made.</exception>
    public void Start(IFrameApplier applier)
    {
        if (_tail is not { } tail || _writer is not null)
            throw new InvalidOperationException("A log is replayed once, then started once.");
        tail.MakeDurable();
        foreach (var empty in tail.Empty) _store.Delete(empty.Id);
        _keeper.Start();
        _appender = new SegmentAppender(_store, tail, _keeper.Ask);
        _writer = new LogWriter(_appender, _queue, applier, _space)
        {
            FlushDue = new WriterTimer(_time, _options.SoonBound, _queue.Wake),
            MarkDue = new WriterTimer(_time, _options.MarkBound, _queue.Wake),
            Logger = _logger,
            Finished = _room.Leave,
        };
        _writer.Start();
    }

    /// <summary>An empty frame to fill and append, or to discard.</summary>
    public Frame NewFrame() => _pool.Rent();

    /// <summary>
    /// Appends a frame; completes when it is as durable as asked: <see cref="Durability.Flushed"/> after a flush, the
    /// others after the write. The frame is given back to the pool when the result is awaited: exactly once.
    /// </summary>
    /// <remarks>Whether there is room for new mail is asked before: <see cref="RefusesNewMail"/>.</remarks>
    /// <exception cref="SpoolFullException">The disk is full; only when <see cref="Frame.IsNewMail"/>.</exception>
    /// <exception cref="JournalFailedException">A write or flush failed, now or earlier.</exception>
    /// <exception cref="ArgumentException">The payload is larger than <see cref="MaxPayload"/>.</exception>
    /// <exception cref="ObjectDisposedException">The log is closed.</exception>
    public ValueTask<FrameLocation> AppendAsync(Frame frame, Durability durability)
    {
        if (frame.Length > MaxPayload)
        {
            throw new ArgumentException(
            $"The payload has {frame.Length} bytes.", nameof(frame));
        }

        frame.Durability = durability;
        frame.Seal();
        return _room.TryEnter(frame.Size) ? Add(frame) : AppendLaterAsync(frame);
    }

    /// <summary>Makes everything appended before durable.</summary>
    /// <exception cref="JournalFailedException">A write or flush failed, now or earlier.</exception>
    public async ValueTask FlushAsync()
    {
        var frame = NewFrame();
        frame.Flags = FrameFlags.System;
        await AppendAsync(frame, Durability.Flushed);
    }

    /// <summary>
    /// Ends the active segment before it is full, so that it can be compacted or deleted; the next append begins a new
    /// one. Completes when done; an empty segment stays the active one.
    /// </summary>
    /// <exception cref="SpoolFullException">There is no room for another segment.</exception>
    /// <exception cref="JournalFailedException">A write or flush failed, now or earlier.</exception>
    public async ValueTask SealActiveAsync()
    {
        var frame = NewFrame();
        frame.Flags = FrameFlags.System;
        frame.Command = FrameCommand.Seal;
        await AppendAsync(frame, Durability.Flushed);
    }

    /// <summary>Reads a frame back and checks it. The caller disposes the payload.</summary>
    /// <exception cref="FrameDamagedException">It is not there, or not as it was written.</exception>
    /// <exception cref="DiskException">The disk cannot be read.</exception>
    public FramePayload Read(FrameLocation at)
    {
        var size = FrameHeader.Size + at.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        if (TryRead(at, 0, buffer.AsSpan(0, size))
            && FrameHeader.TryRead(buffer, out var header)
            && header.Segment == at.Segment && header.Length == at.Length
            && Crc32C.Of(buffer.AsSpan(FrameHeader.Size, at.Length)) == header.PayloadChecksum)
        {
            return new FramePayload(buffer, FrameHeader.Size, at.Length);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        throw new FrameDamagedException($"the frame at {at.Offset} of segment {at.Segment} is not as it was written");
    }

    /// <summary>Reads the payload of the frame that begins at a position, and checks it.</summary>
    /// <exception cref="FrameDamagedException">The segment is gone, or no frame begins there.</exception>
    /// <exception cref="DiskException">The disk cannot be read.</exception>
    public FramePayload Read(LogPosition at)
    {
        Span<byte> bytes = stackalloc byte[FrameHeader.Size];
        if (TryRead(new FrameLocation(at.Segment, at.Offset, 0), 0, bytes)
            && FrameHeader.TryRead(bytes, out var header)
            && header.Segment == at.Segment && header.Length <= MaxPayload)
        {
            return Read(new FrameLocation(at.Segment, at.Offset, header.Length));
        }

        throw new FrameDamagedException($"no frame at {at.Offset} of segment {at.Segment}");
    }

    /// <summary>
    /// Reads the frames of one sealed segment, in order, while the log goes on; nothing when it is gone. Blocks for
    /// the disk.
    /// </summary>
    /// <exception cref="DiskException">The disk cannot be read.</exception>
    public void ReadSegment(SegmentInfo segment, IReplayHandler handler)
    {
        if (_store.Enter(segment.Id) is not { } opened) return;
        try
        {
            var scan = new SegmentScan(
                new SegmentReader(opened.File, segment.Id, segment.Length), handler, static _ => { });
            scan.Run(SegmentHeader.Size, segment.Length);
        }
        finally
        {
            opened.Leave();
        }
    }

    /// <summary>Reads a part of a payload, unchecked: the checksum covers the whole.</summary>
    /// <exception cref="FrameDamagedException">The segment is gone or too short.</exception>
    /// <exception cref="DiskException">The disk cannot be read.</exception>
    public void ReadPart(FrameLocation at, int offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, at.Length - offset);
        if (!TryRead(at, FrameHeader.Size + offset, destination))
            throw new FrameDamagedException($"segment {at.Segment} is gone or too short");
    }

    /// <summary>
    /// Gives up a sealed segment; durable when it returns, so that the caller decides the order. Blocks for a directory
    /// sync.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is the active segment.</exception>
    /// <exception cref="DiskException">The disk refused.</exception>
    public void Delete(long segment)
    {
        if (segment == _appender?.ActiveSegment) throw new InvalidOperationException("The active segment stays.");
        _store.Delete(segment);
    }

    /// <summary>Null while new mail may be accepted; else why not, in a few words.</summary>
    /// <param name="expectedSize">Bytes of the message to come.</param>
    public string? RefusesNewMail(long expectedSize) => _space.Refuses(expectedSize + _room.Bytes);

    /// <summary>Flushes and closes; appends after it fail.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_writer is not null)
        {
            var frame = NewFrame();
            frame.Flags = FrameFlags.System;
            frame.Command = FrameCommand.Close;
            // Where the log has failed, Failure has told it.
            Task closed = AppendAsync(frame, Durability.Flushed).AsTask();
            await closed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _writer.Ended;
            _keeper.Stop();
            await _keeper.Ended;
            _writer.Dispose();
        }

        _keeper.Dispose();
        _queue.Dispose();
        _store.Dispose();
    }

    private async ValueTask<FrameLocation> AppendLaterAsync(Frame frame)
    {
        await _room.EnterAsync(frame.Size);
        return await Add(frame);
    }

    private ValueTask<FrameLocation> Add(Frame frame)
    {
        // The result is taken first: once in the queue, the frame may complete and be used again at any time.
        var result = frame.Result;
        if (_queue.TryAdd(frame)) return result;
        _room.Leave(frame.Size);
        frame.Discard();
        return ValueTask.FromException<FrameLocation>(Closed());
    }

    private Exception Closed() => Writer.Failure.IsCompletedSuccessfully
        ? new JournalFailedException("the journal failed earlier")
        : new ObjectDisposedException(nameof(SegmentLog));

    private bool TryRead(FrameLocation at, int offset, Span<byte> destination)
    {
        if (_store.Enter(at.Segment) is not { } segment) return false;
        try
        {
            return segment.File.Read(at.Offset + offset, destination) == destination.Length;
        }
        finally
        {
            segment.Leave();
        }
    }
}

/// <summary>What the log did since it was started.</summary>
/// <param name="Frames">Frames written.</param>
/// <param name="Bytes">Bytes written.</param>
/// <param name="Writes">Gathered writes.</param>
/// <param name="Flushes">Calls of fdatasync by the writer.</param>
/// <param name="Rolls">Segments begun after the first.</param>
internal readonly record struct SegmentLogCounters(long Frames, long Bytes, long Writes, long Flushes, long Rolls);
