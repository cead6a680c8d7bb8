using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Following;

/// <summary>
/// Reads the journal behind its writer, from a place that the reader remembers: after a restart as while it runs. Shows
/// only what is flushed, so that no reader knows of a fact that a crash could take back. The journal keeps its segments
/// until they were passed (<see cref="JournalOptions.RetentionLimit"/>).
/// </summary>
/// <remarks>Used by one thread at a time. Reads the files: what was just written is in the system's memory.</remarks>
public sealed class JournalFeed : IJournalReader
{
    private const int Step = 1 << 20;

    private readonly SegmentLog _log;
    private readonly List<EntryInFrame> _entries = [];
    private byte[] _buffer = new byte[Step];
    private JournalPosition _next;
    private long _passed;

    internal JournalFeed(SegmentLog log, JournalPosition from)
    {
        _log = log;
        _next = from;
        _passed = from.Segment;
    }

    /// <inheritdoc/>
    public long OldestNeeded => Volatile.Read(ref _passed);

    /// <summary>The place behind what was shown last.</summary>
    public JournalPosition Next => _next;

    /// <summary>Bytes of flushed journal that were not shown yet, about.</summary>
    public long Behind
    {
        get
        {
            var end = _log.DurableEnd;
            var behind = 0L;
            foreach (var segment in _log.Segments)
            {
                if (segment.Id < _next.Segment || segment.Id > end.Segment) continue;
                behind += segment.Id == end.Segment ? end.Offset : segment.Length;
                if (segment.Id == _next.Segment) behind -= _next.Offset;
            }
            return Math.Max(0, behind);
        }
    }

    /// <summary>Something is written that is not flushed: there will be more to read, and nobody may say so.</summary>
    public bool HasUnflushed
    {
        get
        {
            var end = _log.DurableEnd;
            return _log.Segments.Any(segment => segment.Id == end.Segment && segment.Length > end.Offset);
        }
    }

    /// <summary>
    /// Shows what follows, up to about so many bytes. Blocks for the disk.
    /// </summary>
    /// <returns>There was something; false at the end of what is flushed.</returns>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public bool Read(IJournalVisitor visitor, int atMost)
    {
        var end = _log.DurableEnd;
        foreach (var segment in _log.Segments)
        {
            if (segment.Id < _next.Segment || segment.Id > end.Segment) continue;
            var limit = segment.Id == end.Segment ? end.Offset : segment.Length;
            if (segment.Id > _next.Segment) _next = new JournalPosition(segment.Id, SegmentHeader.Size);
            if (_next.Offset < SegmentHeader.Size) _next = _next with { Offset = SegmentHeader.Size };
            if (_next.Offset < limit && Read(visitor, limit, atMost)) return true;
        }
        return false;
    }

    /// <summary>Shows everything from here on again: the reader could not keep it.</summary>
    /// <param name="position">A place that was passed last.</param>
    public void GoBack(JournalPosition position) => _next = position;

    /// <summary>What was shown up to here is safe with the reader: it will not ask for it again.</summary>
    public void Pass(JournalPosition position) => Volatile.Write(ref _passed, position.Segment);

    private bool Read(IJournalVisitor visitor, int limit, int atMost)
    {
        var began = _next.Offset;
        while (_next.Offset < limit && _next.Offset - began < atMost)
        {
            var bytes = Fill(limit);
            if (bytes.IsEmpty)
            {
                visitor.Lost(_next, "the segment is gone");
                _next = _next with { Offset = limit };
                break;
            }
            Show(visitor, bytes, limit, began + atMost);
        }
        return _next.Offset > began;
    }

    // As many frames as the bytes hold, at least one.
    private void Show(IJournalVisitor visitor, ReadOnlySpan<byte> bytes, int limit, int until)
    {
        var at = 0;
        while (at < bytes.Length && _next.Offset < until)
        {
            var isFrame = FrameHeader.TryRead(bytes[at..], out var header) && header.Segment == _next.Segment;
            var isCut = bytes.Length - at < (isFrame ? header.FrameSize : FrameHeader.Size);
            if (isCut && at > 0) return; // by the buffer, not by the log
            if (!isFrame || isCut)
            {
                SkipDamage(visitor, limit);
                return;
            }
            var payload = bytes.Slice(at + FrameHeader.Size, header.Length);
            if (Crc32C.Of(payload) != header.PayloadChecksum) visitor.Lost(_next, "a checksum is wrong");
            else if ((header.Flags & FrameFlags.System) == 0) Show(visitor, payload);
            at += header.FrameSize;
            _next = _next with { Offset = _next.Offset + header.FrameSize };
        }
    }

    private void Show(IJournalVisitor visitor, ReadOnlySpan<byte> payload)
    {
        if (EntryReader.ReadAll(payload, _entries) != EntryResult.Whole)
            visitor.Lost(_next, "an entry cannot be read");
        visitor.Begin(_next);
        foreach (var entry in _entries)
        {
            switch (entry.Record)
            {
                case SpoolRecord.Accepted accepted:
                    var (offset, length) = (accepted.Content.InlineOffset, accepted.Content.InlineLength);
                    visitor.Accepted(accepted.Message, payload.Slice(offset, length));
                    break;
                case SpoolRecord.Fact fact:
                    visitor.Happened(fact.Entry);
                    break;
            }
        }
    }

    // Where the next whole frame is; recovery has told of the damage when it was there at the start.
    private void SkipDamage(IJournalVisitor visitor, int limit)
    {
        visitor.Lost(_next, "no frame where one must be");
        var next = limit;
        if (_log.EnterSegment(_next.Segment) is { } segment)
        {
            try
            {
                next = new SegmentReader(segment.File, _next.Segment, limit)
                    .FindFrame(_next.Offset + FrameHeader.Alignment, limit);
            }
            finally
            {
                segment.Leave();
            }
        }
        _next = _next with { Offset = next };
    }

    // The bytes from the place on: a whole frame at least, where there is one.
    private ReadOnlySpan<byte> Fill(int limit)
    {
        if (_log.EnterSegment(_next.Segment) is not { } segment) return [];
        try
        {
            var wanted = Math.Min(Step, limit - _next.Offset);
            var read = segment.File.Read(_next.Offset, _buffer.AsSpan(0, wanted));
            if (FrameHeader.TryRead(_buffer.AsSpan(0, read), out var header) && header.FrameSize > read
                && header.FrameSize <= limit - _next.Offset)
            {
                if (header.FrameSize > _buffer.Length) _buffer = new byte[header.FrameSize];
                read = segment.File.Read(_next.Offset, _buffer.AsSpan(0, header.FrameSize));
            }
            else if (_buffer.Length > Step)
            {
                // One large frame is no reason to keep its room.
                _buffer = _buffer.AsSpan(0, Step).ToArray();
            }
            return _buffer.AsSpan(0, read);
        }
        finally
        {
            segment.Leave();
        }
    }
}
