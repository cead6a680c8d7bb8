using System.Runtime.InteropServices;
using Ekiden.Spool.Disk;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Segments;

/// <summary>
/// The one thread that writes the log: takes whatever waits, writes it with one gathered write, flushes once when
/// anybody waits for a flush, tells the applier, then the waiters. Without a timer: a batch is what arrived during the
/// last one, and what other threads were about to add.
/// </summary>
internal sealed partial class LogWriter : IDisposable
{
    // A longer batch would make its first frame wait for its last.
    private const int BatchBytes = 8 << 20;

    // Tried with `bench/compare/run --rows flushes`: more of either gained nothing.
    private const int MostLooks = 8;
    private const int TurnsGiven = 2;

    // Flushes for one alone, after which others are not waited for any more.
    private const int RemembersSharing = 16;

    private readonly SegmentAppender _appender;
    private readonly FrameQueue _queue;
    private readonly IFrameApplier _applier;
    private readonly SpaceGuard _space;
    private readonly TaskCompletionSource<Exception> _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // A frame is in exactly one of these: taken from _next on, placed and not written, written and not told.
    private readonly List<Frame> _taken = [];
    private readonly List<Frame> _placed = [];
    private readonly List<Frame> _written = [];
    private readonly List<AppliedFrame> _applied = [];
    private readonly List<Frame> _ready = [];
    private readonly List<Frame> _kept = [];
    private int _next;
    private int _sharedLately;
    private long _frames;
    private bool _isClosing;

    /// <param name="appender">Where the frames go.</param>
    /// <param name="queue">Where they come from.</param>
    /// <param name="applier">Who learns of them before their producers.</param>
    /// <param name="space">Is told when the disk is full.</param>
    public LogWriter(SegmentAppender appender, FrameQueue queue, IFrameApplier applier, SpaceGuard space)
    {
        _appender = appender;
        _queue = queue;
        _applier = applier;
        _space = space;
    }

    /// <summary>When frames must be flushed for which nobody waits.</summary>
    public required WriterTimer FlushDue { get; init; }

    /// <summary>When the segment must say how much of it is flushed, so that later damage to it can be told.</summary>
    public required WriterTimer MarkDue { get; init; }

    /// <summary>Where failures are told.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>Called with the bytes of frames that wait no longer.</summary>
    public required Action<long> Finished { get; init; }

    /// <summary>Completes with the cause when nothing can be written any more.</summary>
    public Task<Exception> Failure => _failure.Task;

    /// <summary>Completes when the thread has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Frames written so far.</summary>
    public long Frames => Volatile.Read(ref _frames);

    /// <summary>Starts the thread.</summary>
    public void Start() => new Thread(Run) { Name = "journal", IsBackground = true }.Start();

    /// <inheritdoc/>
    public void Dispose()
    {
        FlushDue.Dispose();
        MarkDue.Dispose();
    }

    private void Run()
    {
        Exception end = new ObjectDisposedException(nameof(SegmentLog));
        try
        {
            while (!_isClosing) RunOnce();
            _appender.Close();
        }
        catch (Exception failure)
        {
            // Whatever it is, nobody may be told that anything was written: M-R4.
            end = new JournalFailedException($"the journal failed: {failure.Message}", failure);
            Log.Failed(Logger, failure);
            _failure.TrySetResult(failure);
        }

        _queue.Close(_taken);
        FailAll(end);
        _ended.TrySetResult();
    }

    private void RunOnce()
    {
        _queue.Take(_taken);
        if (_taken.Count == 0 && !FlushDue.IsOver && !MarkDue.IsOver)
        {
            _queue.Wait();
            return;
        }

        do Commit();
        while (_next < _taken.Count);
        _taken.Clear();
        _next = 0;
    }

    private void Commit()
    {
        var bytes = 0L;
        for (var looks = 0; looks < MostLooks; looks++)
        {
            while (_next < _taken.Count && bytes < BatchBytes)
            {
                var frame = _taken[_next];
                bytes += frame.Size;
                Admit(frame);
                _next++;
            }

            if (bytes >= BatchBytes || _sharedLately == 0 || !HasMore()) break;
        }

        WriteOut();
        _frames += _written.Count;
        Tell(isFlushed: false);
        if (_written.Count > 0 || FlushDue.IsOver)
        {
            _sharedLately = _written.Count > 1 ? RemembersSharing : Math.Max(0, _sharedLately - 1);
            _appender.Flush();
            FlushDue.Clear();
            MarkDue.Arm();
            Tell(isFlushed: true);
        }
        else if (MarkDue.IsOver)
        {
            _appender.Mark();
            MarkDue.Clear();
        }

        Finished(bytes);
    }

    // Lets threads that are ready to run go first: what they were about to add shares this write and its flush. Asked
    // only while flushes are shared, so that nobody waits for a turn who is alone, however busy the machine.
    private bool HasMore()
    {
        var before = _taken.Count;
        for (var turns = 0; turns < TurnsGiven && _taken.Count == before; turns++)
        {
            Thread.Yield();
            _queue.Take(_taken);
        }

        return _taken.Count > before;
    }

    private void Admit(Frame frame)
    {
        if (frame.IsNewMail && _space.IsFull) Refuse(frame);
        else if (frame.Command == FrameCommand.None) Place(frame);
        else Obey(frame);
    }

    private void Place(Frame frame)
    {
        if (!_appender.TryPlace(frame))
        {
            WriteOut();
            if (!TryRoll(frame)) return;
            if (!_appender.TryPlace(frame))
                throw new JournalFailedException("there is no segment with room for a frame");
        }

        _placed.Add(frame);
    }

    // False when the frame was refused, because the disk has no room for another segment.
    private bool TryRoll(Frame frame)
    {
        try
        {
            _appender.Roll();
        }
        catch (DiskException full) when (full.IsFull)
        {
            MarkFull(full);
            if (frame.IsNewMail || frame.Command != FrameCommand.None)
            {
                Refuse(frame);
                return false;
            }

            RollToReserve(full);
        }

        return true;
    }

    private void Obey(Frame frame)
    {
        WriteOut();
        if (frame.Command == FrameCommand.Close) _isClosing = true;
        if (frame.Command != FrameCommand.Seal || TryRoll(frame)) _written.Add(frame);
    }

    private void WriteOut()
    {
        try
        {
            _appender.WriteOut();
        }
        catch (DiskException full) when (full.IsFull)
        {
            MarkFull(full);
            WriteWithoutNewMail(full);
        }

        _written.AddRange(_placed);
        _placed.Clear();
    }

    // The disk is full: new mail of this write is refused, everything else finds room, in the reserve if need be.
    private void WriteWithoutNewMail(DiskException full)
    {
        _appender.Undo();
        foreach (var frame in _placed)
        {
            if (frame.IsNewMail) Refuse(frame);
            else _ready.Add(frame);
        }

        _placed.Clear();
        _placed.AddRange(_ready);
        _ready.Clear();
        if (_placed.Count == 0) return;
        try
        {
            PlaceAgain();
        }
        catch (DiskException again) when (again.IsFull)
        {
            _appender.Undo();
            RollToReserve(full);
            PlaceAgain();
        }
    }

    private void PlaceAgain()
    {
        foreach (var frame in _placed)
        {
            if (!_appender.TryPlace(frame))
                throw new JournalFailedException("the reserve is too small for what is left");
        }

        _appender.WriteOut();
    }

    private void RollToReserve(DiskException full)
    {
        if (!_appender.TryRollToReserve())
            throw new JournalFailedException("the disk is full, and the reserve is used up", full);
        Log.UsesReserve(Logger, _appender.ActiveSegment);
    }

    private void MarkFull(DiskException full)
    {
        _space.MarkFull();
        Log.Full(Logger, full.Message);
    }

    private static void Refuse(Frame frame) => frame.Fail(new SpoolFullException("the disk is full"));

    // Applies and completes the written frames that are as durable as their producers asked.
    private void Tell(bool isFlushed)
    {
        foreach (var frame in _written)
        {
            if (!isFlushed && frame.Durability == Durability.Flushed)
            {
                _kept.Add(frame);
                continue;
            }

            if (!isFlushed && frame.Durability == Durability.Soon) FlushDue.Arm();
            _ready.Add(frame);
            if (frame.Flags == FrameFlags.None) _applied.Add(new AppliedFrame(frame.Location, frame.State));
        }

        if (_applied.Count > 0)
            _applier.Applied(CollectionsMarshal.AsSpan(_applied), _kept.Count == 0 ? _appender.End : null);
        _written.Clear();
        _written.AddRange(_kept);
        _kept.Clear();
        _applied.Clear();
        // A completed frame belongs to its producer again: it is not touched after this.
        foreach (var frame in _ready) frame.Complete();
        _ready.Clear();
    }

    private void FailAll(Exception end)
    {
        foreach (var frame in _placed) frame.Fail(end);
        foreach (var frame in _written) frame.Fail(end);
        foreach (var frame in CollectionsMarshal.AsSpan(_taken)[_next..]) frame.Fail(end);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Critical, "the journal failed: nothing is acknowledged any more, the process must end")]
        public static partial void Failed(ILogger logger, Exception failure);

        [LoggerMessage(LogLevel.Error, "the disk is full, new mail is refused: {What}")]
        public static partial void Full(ILogger logger, string what);

        [LoggerMessage(LogLevel.Warning,
            "results of accepted mail go to segment {Segment}, which was kept for a full disk")]
        public static partial void UsesReserve(ILogger logger, long segment);
    }
}
