using Ekiden.Spool.Disk;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Segments;

/// <summary>Reads the log at a start: hands the frames to a handler, finds its end, keeps what is damaged.</summary>
internal sealed partial class LogRecovery(SegmentStore store, Quarantine quarantine, ILogger logger)
{
    /// <summary>Replays from a position on, and always reads the last segment, to find the end of the log.</summary>
    public LogTail Run(LogPosition from, IReplayHandler handler, CancellationToken cancel)
    {
        var segments = store.Segments;
        var sealedLengths = SealedLengths(segments);
        var tail = new LogTail(null, false, 0, 0, []);
        for (var i = 0; i < segments.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            if (segments[i].Id < from.Segment) segments[i].Length = sealedLengths[i] ?? segments[i].Length;
            else tail = Scan(segments[i], sealedLengths[i], from, handler, tail);
        }

        for (var i = segments.Length - 1; i >= 0 && tail.Last is null; i--)
        {
            if (segments[i].Id < from.Segment) tail = Scan(segments[i], sealedLengths[i], from, new Nobody(), tail);
        }

        return tail;
    }

    private static int?[] SealedLengths(Segment[] segments)
    {
        var lengths = new int?[segments.Length];
        for (var i = 1; i < segments.Length; i++)
        {
            var reader = ReaderOf(segments[i]);
            if (reader.TryHeader(SegmentHeader.Size, reader.Length, out var header)
                && reader.TryPayload(SegmentHeader.Size, header, out var payload)
                && Opening.Read(header, payload) is { } opening
                && opening.Previous == segments[i - 1].Id)
            {
                lengths[i - 1] = opening.SealedLength;
            }
        }

        return lengths;
    }

    private static SegmentReader ReaderOf(Segment segment) =>
        new(segment.File, segment.Id, (int)Math.Min(int.MaxValue, segment.File.Length));

    private LogTail Scan(Segment segment, int? sealedLength, LogPosition from, IReplayHandler handler, LogTail tail)
    {
        var reader = ReaderOf(segment);
        void Quarantine(DamagedRange range) => Keep(segment.File, range);
        var scan = new SegmentScan(reader, handler, Quarantine);
        var start = segment.Id == from.Segment ? from.Offset : segment.Id < from.Segment ? int.MaxValue : 0;
        segment.Length = scan.Run(start, sealedLength);
        if (scan.Frames == 0 && sealedLength is null) return tail with { Empty = [.. tail.Empty, segment] };
        if (SegmentHeader.Read(reader.Peek(0, SegmentHeader.Size)) != segment.Id)
        {
            var range = new DamagedRange(segment.Id, 0, SegmentHeader.Size, DamageCause.SegmentHeader, FramesLost: 0);
            Quarantine(range);
            handler.Damaged(range, reader.Peek(0, SegmentHeader.Size));
        }

        Log.Scanned(logger, segment.Id, segment.Length, reader.Length);
        return tail with
        {
            Last = segment,
            IsLastSealed = sealedLength is not null,
            DurableMark = scan.DurableMark,
            LastSequence = Math.Max(scan.LastSequence, tail.LastSequence),
        };
    }

    private void Keep(IDiskFile file, DamagedRange range)
    {
        try
        {
            var path = quarantine.Keep(file, range);
            Log.Damaged(logger, range.Segment, range.Offset, range.Length, range.Cause, path);
        }
        catch (DiskException failure)
        {
            // The segment still holds the bytes; what can be delivered must not wait for the copy.
            Log.NotKept(logger, failure, range.Segment, range.Offset, range.Length, range.Cause);
        }
    }

    // What was replayed earlier, or is covered by a snapshot, is of no interest again.
    private sealed class Nobody : IReplayHandler
    {
        public void Replayed(FrameLocation at, ReadOnlySpan<byte> payload)
        {
        }

        public void Damaged(DamagedRange range, ReadOnlySpan<byte> bytes)
        {
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "segment {Segment} ends at {End} of {Length} bytes")]
        public static partial void Scanned(ILogger logger, long segment, int end, int length);

        [LoggerMessage(LogLevel.Critical,
            "segment {Segment} is damaged at {Offset}, {Length} bytes ({Cause}); a copy is kept in {Path}")]
        public static partial void Damaged(
            ILogger logger, long segment, int offset, int length, DamageCause cause, string path);

        [LoggerMessage(LogLevel.Critical,
            "segment {Segment} is damaged at {Offset}, {Length} bytes ({Cause}), and no copy could be kept")]
        public static partial void NotKept(
            ILogger logger, Exception failure, long segment, int offset, int length, DamageCause cause);
    }
}

/// <summary>The end of the log as a recovery found it.</summary>
/// <param name="Last">The last segment with frames; null when the log is empty.</param>
/// <param name="IsLastSealed">Its length was known, so it is flushed.</param>
/// <param name="DurableMark">What its frames say had been flushed.</param>
/// <param name="LastSequence">The last sequence number used.</param>
/// <param name="Empty">Segments that were prepared and never used.</param>
internal sealed record LogTail(
    Segment? Last, bool IsLastSealed, int DurableMark, long LastSequence, IReadOnlyList<Segment> Empty)
{
    private const int Step = 1 << 20;

    /// <summary>
    /// Writes the frames again that nobody says were flushed, at the same place, and flushes them: a flush that failed
    /// before the start may have left them in memory, marked as if they were on the disk (reliability §0.1).
    /// </summary>
    public void MakeDurable()
    {
        if (Last is null || IsLastSealed) return;
        var from = Math.Max(DurableMark, SegmentHeader.Size);
        var buffer = new byte[Math.Clamp(Last.Length - from, 0, Step)];
        for (var at = from; at < Last.Length;)
        {
            var read = Last.File.Read(at, buffer.AsSpan(0, Math.Min(buffer.Length, Last.Length - at)));
            if (read == 0) throw new FrameDamagedException($"segment {Last.Id} became shorter");
            Last.File.Write(at, [buffer.AsMemory(0, read)]);
            at += read;
        }

        Last.File.SyncData();
    }
}
