using System.Collections.Immutable;
using Ekiden.Spool.Journal;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Housekeeping;

/// <summary>Decides which segments go, and lets them go in the order that survives a crash at any point.</summary>
/// <remarks>
/// Three things keep a segment: live messages in it, facts in it about older segments that are still there, and a
/// snapshot that does not reach behind it: a restart from that snapshot reads its facts. First a durable record says
/// which go and what was counted in them; then they are deleted. After a crash in between, the record deletes them at
/// the next start.
/// </remarks>
internal sealed partial class SegmentKeeping(JournalParts parts, SnapshotKeeper snapshots)
{
    private readonly ILogger _logger = parts.Loggers.CreateLogger<SegmentKeeping>();
    private readonly List<IJournalReader> _readers = [];
    private readonly HashSet<int> _settled = [];

    /// <summary>Segments that the reader still needs stay.</summary>
    public void KeepFor(IJournalReader reader)
    {
        lock (_readers) _readers.Add(reader);
    }

    /// <summary>Sealed segments with so few live bytes that copying these is worth it, oldest first.</summary>
    public IReadOnlyList<SegmentInfo> Sparse()
    {
        var ledger = parts.Index.Ledger;
        var below = IsCrowded() ? parts.Options.CompactBelowWhenCrowded : parts.Options.CompactBelow;
        var kept = OldestNeeded();
        lock (parts.Index.Tables.Gate)
        {
            var going = new HashSet<int>();
            var sparse = new List<SegmentInfo>();
            foreach (var segment in Sealed())
            {
                if (MayGo((int)segment.Id, going)) going.Add((int)segment.Id);
                else if (segment.Id < kept && IsSparse(segment)) sparse.Add(segment);
            }
            return sparse;
        }

        bool IsSparse(SegmentInfo segment) => ledger.Live((int)segment.Id).Bytes < segment.Length * below;
    }

    /// <summary>What the facts of this segment say about older ones has been said again at the end of the
    /// log.</summary>
    public void Settle(int segment) => _settled.Add(segment);

    /// <summary>A snapshot is worth its bytes: the journal behind the last one is long, or it would free
    /// segments.</summary>
    public bool WantSnapshot()
    {
        var size = Math.Max(snapshots.Length, parts.Index.Tables.MessageCount * 48L);
        if (snapshots.BytesSince >= Math.Max(parts.Options.SnapshotEvery, 2 * size)) return true;
        if (snapshots.Last == LogPosition.Start) return false;
        var freed = Ready(long.MaxValue).Sum(segment => (long)segment.Length);
        var freedWithout = Ready(snapshots.Last.Segment).Sum(segment => (long)segment.Length);
        return freed - freedWithout > 4 * size;
    }

    /// <summary>Lets go what may go.</summary>
    public async Task DropAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var before = snapshots.Last == LogPosition.Start ? long.MaxValue : snapshots.Last.Segment;
        var ready = Ready(before);
        if (ready.Count == 0) return;
        var going = ready.Select(segment => (int)segment.Id).ToImmutableArray();
        await AppendAsync(going);
        KillPoint.Pass("segments.dropped");
        foreach (var segment in ready) parts.Log.Delete(segment.Id);
        _settled.ExceptWith(going);
        lock (parts.Index.Tables.Gate) parts.Index.Ledger.Dropped.Clear();
        Log.Dropped(_logger, going.Length, going[0], going[^1]);
    }

    /// <summary>Deletes content segments without a live body, once it is durable that nobody needs them.</summary>
    public async Task DropBodiesAsync()
    {
        var candidates = parts.Contents.Segments.Where(segment => segment is { IsInUse: false, Length: > 0 }).ToArray();
        lock (parts.Index.Tables.Gate)
            candidates = [.. candidates.Where(segment => parts.Index.Ledger.LiveBodies(segment.Id) == 0)];
        if (candidates.Length == 0) return;
        await parts.Log.FlushAsync();
        foreach (var segment in candidates) parts.Contents.Delete(segment.Id);
    }

    private async Task AppendAsync(ImmutableArray<int> going)
    {
        SpoolRecord.Dropped record;
        lock (parts.Index.Tables.Gate)
        {
            record = new SpoolRecord.Dropped(
                going, parts.Index.Ledger.TotalsWithout(going), parts.Index.Batches.TotalsWithout(going));
        }
        var frame = parts.Log.NewFrame();
        using var writer = new EntryWriter();
        writer.Dropped(frame, record);
        frame.State = new Commit([record], [0, frame.Length]);
        await parts.Log.AppendAsync(frame, Durability.Flushed);
    }

    private List<SegmentInfo> Ready(long before)
    {
        var kept = Math.Min(before, OldestNeeded());
        lock (parts.Index.Tables.Gate)
        {
            var going = new HashSet<int>();
            return [.. Sealed()
                .Where(segment => segment.Id < kept)
                .Where(segment => MayGo((int)segment.Id, going) && going.Add((int)segment.Id))];
        }
    }

    private bool MayGo(int segment, HashSet<int> going)
    {
        var ledger = parts.Index.Ledger;
        if (ledger.Live(segment).Messages > 0) return false;
        return _settled.Contains(segment) || ledger.Superseded(segment).All(going.Contains);
    }

    private IEnumerable<SegmentInfo> Sealed() => parts.Log.Segments.Where(segment => segment.IsSealed);

    private bool IsCrowded()
    {
        var space = parts.Disk.Space(parts.Options.Directory);
        return space.TotalBytes - space.FreeBytes > space.TotalBytes * parts.Options.CrowdedFrom;
    }

    private long OldestNeeded()
    {
        long oldest;
        lock (_readers) oldest = _readers.Count == 0 ? long.MaxValue : _readers.Min(reader => reader.OldestNeeded);
        if (oldest == long.MaxValue) return oldest;
        // A reader that has fallen too far behind loses what it did not read, and everybody is told.
        var held = 0L;
        foreach (var segment in parts.Log.Segments.Reverse())
        {
            held += segment.Length;
            if (segment.Id <= oldest) return oldest;
            if (held <= parts.Options.RetentionLimit) continue;
            Log.ReaderTooSlow(_logger, oldest, segment.Id);
            return segment.Id;
        }
        return oldest;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "{Count} segments, {First} to {Last}, are gone")]
        public static partial void Dropped(ILogger logger, int count, int first, int last);

        [LoggerMessage(LogLevel.Critical,
            "A reader of the journal is still at segment {Oldest}: it loses what is before {Kept}")]
        public static partial void ReaderTooSlow(ILogger logger, long oldest, long kept);
    }
}
