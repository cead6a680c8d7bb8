namespace Ekiden.Spool.Segments;

/// <summary>
/// Reads the frames of one segment in order, and tells a torn tail, which a crash leaves behind what was durable, from
/// damage to what was durable.
/// </summary>
/// <remarks>
/// In a segment whose length is known, every byte must be part of a valid frame. In the last segment, an invalid frame
/// is the torn tail unless a later frame says that it had been flushed: then it is damage, and the scan goes on behind
/// it.
/// </remarks>
internal sealed class SegmentScan(SegmentReader reader, IReplayHandler handler, Action<DamagedRange> quarantine)
{
    private const int ShownBytes = 1 << 20;

    private DamagedRange? _pending;
    private long? _lastSequence;
    private int? _claimed;

    /// <summary>Frames found, those of the log itself included.</summary>
    public int Frames { get; private set; }

    /// <summary>The sequence number of the last frame; 0 when there was none.</summary>
    public long LastSequence => _lastSequence ?? 0;

    /// <summary>What the frames found say about how much of the segment had been flushed.</summary>
    public int DurableMark { get; private set; }

    /// <summary>Scans, and hands over the frames that begin at <paramref name="from"/> or later.</summary>
    /// <param name="from">The first frame wanted.</param>
    /// <param name="sealedLength">The bytes that must hold frames; null when that is not known.</param>
    /// <returns>The end of the last frame.</returns>
    public int Run(int from, int? sealedLength)
    {
        // Where the end is not known, it can only be told from the beginning.
        var at = sealedLength is null ? SegmentHeader.Size : Math.Max(from, SegmentHeader.Size);
        var limit = Math.Min(reader.Length, sealedLength ?? reader.Length);
        while (at < limit)
        {
            if (!reader.TryHeader(at, limit, out var header))
            {
                if (sealedLength is null && at >= Claimed(at)) break;
                var next = reader.FindFrame(at + FrameHeader.Alignment, limit);
                at = Damage(at, sealedLength is null ? Math.Min(next, Claimed(at)) : next, DamageCause.Header);
            }
            else if (!reader.TryPayload(at, header, out var payload))
            {
                if (sealedLength is null && at >= Claimed(at)) break;
                at = Damage(at, at + header.FrameSize, DamageCause.Payload);
            }
            else
            {
                Found(at, header, payload, isWanted: at >= from);
                at += header.FrameSize;
            }
        }

        if (sealedLength > reader.Length) Damage(Math.Max(at, reader.Length), sealedLength.Value, DamageCause.Missing);
        Report(null);
        return sealedLength ?? at;
    }

    private void Found(int at, FrameHeader header, ReadOnlySpan<byte> payload, bool isWanted)
    {
        if (_pending is not null)
        {
            // Reporting reads other parts of the file.
            Report(header.Sequence);
            reader.TryPayload(at, header, out payload);
        }

        Frames++;
        _lastSequence = header.Sequence;
        DurableMark = Math.Max(DurableMark, header.DurableMark);
        if (isWanted && (header.Flags & FrameFlags.System) == 0)
            handler.Replayed(new FrameLocation(reader.Id, at, header.Length), payload);
    }

    // The furthest that any frame from here on says had been flushed.
    private int Claimed(int from)
    {
        if (_claimed is { } known) return known;
        var claimed = DurableMark;
        for (var at = from; (at = reader.FindHeader(at, reader.Length)) < reader.Length; at += FrameHeader.Alignment)
        {
            if (reader.TryHeader(at, reader.Length, out var header)) claimed = Math.Max(claimed, header.DurableMark);
        }

        _claimed = claimed;
        return claimed;
    }

    private int Damage(int from, int to, DamageCause cause)
    {
        Report(null);
        _pending = new DamagedRange(reader.Id, from, to - from, cause, FramesLost: null);
        return to;
    }

    // How many frames were lost is known only when the next valid one has been found.
    private void Report(long? nextSequence)
    {
        if (_pending is not { } range) return;
        _pending = null;
        range = range with { FramesLost = nextSequence - _lastSequence - 1 };
        quarantine(range);
        var from = range.Cause == DamageCause.Payload ? range.Offset + FrameHeader.Size : range.Offset;
        handler.Damaged(range, reader.Peek(from, Math.Min(ShownBytes, range.Offset + range.Length - from)));
    }
}
