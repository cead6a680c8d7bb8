using Ekiden.Spool.Disk;

namespace Ekiden.Spool.Segments;

/// <summary>The writing end of the log: puts frames behind each other, flushes, goes on to the next segment.</summary>
/// <remarks>Used by the writer thread alone. Every exception but a full disk is the end of the log (M-R4).</remarks>
internal sealed class SegmentAppender
{
    // What the log itself still wants to write into a segment: the opening frame and the mark at its end.
    private const int OpeningSize = FrameHeader.Size + Opening.Size;
    private const int MarkSize = FrameHeader.Size;

    private readonly SegmentStore _store;
    private readonly Action<bool> _prepare;
    private readonly FramePool _pool = new();
    private readonly List<ReadOnlyMemory<byte>> _pieces = [];
    private Segment _active;
    private PublishedEnd _durableEnd;
    private Opening _previous;
    private bool _isOpened;
    private bool _askedToFill;
    private int _planned = SegmentHeader.Size;
    private int _written = SegmentHeader.Size;
    private int _durable = SegmentHeader.Size;
    private int _markedAt = SegmentHeader.Size;
    private long _plannedSequence;
    private long _sequence;
    private long _bytes;
    private long _writes;
    private long _flushes;
    private long _rolls;

    /// <summary>Begins a new segment behind a log that ends as the recovery found it.</summary>
    /// <param name="store">The files.</param>
    /// <param name="tail">The end of the log.</param>
    /// <param name="prepare">Asks for the next segment; true: filled with zeros.</param>
    public SegmentAppender(SegmentStore store, LogTail tail, Action<bool> prepare)
    {
        _store = store;
        _prepare = prepare;
        _previous = new Opening(tail.Last?.Id ?? 0, tail.Last?.Length ?? 0);
        _sequence = _plannedSequence = tail.LastSequence;
        _active = store.TakeNext();
        _durableEnd = new PublishedEnd(new LogPosition(_active.Id, SegmentHeader.Size));
        prepare(false);
    }

    /// <summary>The segment written to.</summary>
    public long ActiveSegment => Volatile.Read(ref _active).Id;

    /// <summary>The end of what was written.</summary>
    public LogPosition End => new(_active.Id, _written);

    /// <summary>The end of what is flushed; nothing before it can be taken back by a crash.</summary>
    public LogPosition DurableEnd => Volatile.Read(ref _durableEnd).Position;

    /// <summary>What was done so far, without the frames.</summary>
    public SegmentLogCounters Counters => new(
        0, Volatile.Read(ref _bytes), Volatile.Read(ref _writes), Volatile.Read(ref _flushes),
        Volatile.Read(ref _rolls));

    /// <summary>Gives a frame its place; false when the segment has no room for it.</summary>
    public bool TryPlace(Frame frame)
    {
        var opening = _isOpened ? 0 : OpeningSize;
        if (frame.Size > _active.Capacity - _planned - opening - MarkSize) return false;
        Place(frame);
        return true;
    }

    /// <summary>Writes what was placed, in one gathered write.</summary>
    /// <exception cref="DiskException">When the disk is full: call <see cref="Undo"/>. Else: the end.</exception>
    public void WriteOut()
    {
        if (_pieces.Count == 0) return;
        _active.File.Write(_written, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pieces));
        _writes++;
        _bytes += _planned - _written;
        _written = _planned;
        _sequence = _plannedSequence;
        _active.Length = _written;
        _pieces.Clear();
        if (_askedToFill || _written < _active.Capacity / 4) return;
        _askedToFill = true;
        _prepare(true);
    }

    /// <summary>
    /// Forgets what was placed and not written: cuts off what may have reached the file, durably, so that a frame that
    /// is refused now cannot come back after a crash.
    /// </summary>
    public void Undo()
    {
        _pieces.Clear();
        _planned = _written;
        _plannedSequence = _sequence;
        if (_written == SegmentHeader.Size) _isOpened = false;
        _active.File.SetLength(_written);
        Sync();
    }

    /// <summary>Makes everything written durable; nothing happens when it is.</summary>
    public void Flush()
    {
        if (_durable != _written) Sync();
    }

    /// <summary>Seals the segment and begins the next one.</summary>
    /// <exception cref="DiskException">When the disk is full: the old segment can still be written to.</exception>
    public void Roll() => Begin(Seal() ? _store.TakeNext() : null);

    /// <summary>Seals the segment and begins one that needs no room on the disk; false when there is none.</summary>
    public bool TryRollToReserve()
    {
        Flush();
        var next = _store.TakeWritten();
        Begin(next);
        return next is not null;
    }

    /// <summary>Says in the segment how much of it is flushed, when no frame says so yet; does not flush.</summary>
    public void Mark()
    {
        // The last bytes of a segment are kept for the mark that seals it.
        if (_durable > _markedAt && _planned == _written && _active.Capacity - _planned >= 2 * MarkSize) WriteMark();
    }

    /// <summary>Flushes, and says in the segment that it was flushed.</summary>
    public void Close() => Seal();

    private void Place(Frame frame)
    {
        if (!_isOpened)
        {
            _isOpened = true;
            var opening = NewSystemFrame();
            _previous.Write(opening.GetSpan(Opening.Size));
            opening.Advance(Opening.Size);
            opening.Seal();
            PlaceNext(opening);
        }

        PlaceNext(frame);
    }

    private void PlaceNext(Frame frame)
    {
        var at = new FrameLocation(_active.Id, _planned, frame.Length);
        frame.Place(_pieces, at, ++_plannedSequence, _durable);
        _markedAt = _durable;
        _planned += at.Size;
    }

    // A mark at the end of a segment makes damage to its last frames visible. False: there was nothing to seal.
    private bool Seal()
    {
        WriteOut();
        if (_written == SegmentHeader.Size) return false;
        Flush();
        WriteMark();
        Flush();
        return true;
    }

    private void WriteMark()
    {
        var mark = NewSystemFrame();
        mark.Seal();
        PlaceNext(mark);
        try
        {
            WriteOut();
        }
        catch (DiskException full) when (full.IsFull)
        {
            Undo();
        }
    }

    private void Begin(Segment? next)
    {
        if (next is null) return;
        _previous = new Opening(_active.Id, _written);
        Volatile.Write(ref _active, next);
        _isOpened = false;
        _askedToFill = false;
        _planned = _written = _durable = _markedAt = SegmentHeader.Size;
        PublishDurableEnd();
        _rolls++;
        _prepare(false);
    }

    private void Sync()
    {
        _active.File.SyncData();
        _flushes++;
        _durable = _written;
        PublishDurableEnd();
    }

    // In one piece: readers on other threads never see the segment of one end with the offset of another.
    private void PublishDurableEnd() =>
        Volatile.Write(ref _durableEnd, new PublishedEnd(new LogPosition(_active.Id, _durable)));

    private Frame NewSystemFrame()
    {
        var frame = _pool.Rent();
        frame.Flags = FrameFlags.System;
        return frame;
    }

    private sealed record PublishedEnd(LogPosition Position);
}
