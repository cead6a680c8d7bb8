using System.Runtime.InteropServices;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Index;

/// <summary>
/// What the journal's segments hold that still counts: live messages, facts about messages of older segments, and the
/// recipients that ended. Decides which segment may go.
/// </summary>
/// <remarks>
/// A segment may go when no live message is at home in it, and every older segment that its facts are about is gone:
/// else a replay would find a message there without the facts that finished it, and send it again (DESIGN §2).
/// </remarks>
internal sealed class SegmentLedger
{
    private readonly SortedDictionary<int, Entry> _segments = [];
    private readonly Dictionary<long, BodyEntry> _bodies = [];
    private Entry? _last;
    private int _lastSegment = -1;

    /// <summary>Counted in segments that are gone.</summary>
    public Totals Gone { get; private set; }

    /// <summary>Segments that the journal says are dropped, and that may still have to be deleted.</summary>
    public List<int> Dropped { get; } = [];

    /// <summary>The segments known, oldest first.</summary>
    public IEnumerable<int> Segments => _segments.Keys;

    /// <summary>Content segments with live bodies.</summary>
    public IEnumerable<long> BodySegments => _bodies.Keys;

    /// <summary>A message is at home in this segment from now on.</summary>
    public void Arrive(in EntryLocation home)
    {
        var entry = Of(home.Segment);
        entry.LiveBytes += home.Length;
        entry.LiveMessages++;
    }

    /// <summary>A message has left this segment, for another one.</summary>
    public void Leave(in EntryLocation home)
    {
        var entry = Of(home.Segment);
        entry.LiveBytes -= home.Length;
        entry.LiveMessages--;
    }

    /// <summary>A message has finished: its recipients are counted where it was at home.</summary>
    public void Finish(in EntryLocation home, in Totals recipients)
    {
        Leave(home);
        Of(home.Segment).Finished += recipients;
    }

    /// <summary>A segment holds a fact about a message at home in another.</summary>
    public void Supersede(int segment, int home)
    {
        if (home == segment) return;
        var entry = Of(segment);
        if (entry.LastSuperseded == home) return;
        entry.LastSuperseded = home;
        entry.Supersedes.Add(home);
    }

    /// <summary>These segments are gone; the totals are those of all that are.</summary>
    /// <returns>What was counted before in segments that were gone already when this process began to read.</returns>
    public Totals Drop(IEnumerable<int> segments, in Totals totals)
    {
        var known = Gone;
        foreach (var segment in segments)
        {
            Dropped.Add(segment);
            if (_segments.Remove(segment, out var entry))
            {
                known += entry.Finished;
                Inherit(segment, entry);
            }
            if (_lastSegment == segment) (_last, _lastSegment) = (null, -1);
        }
        Gone = totals;
        return totals - known;
    }

    /// <summary>Live bytes and messages of a segment.</summary>
    public (long Bytes, int Messages) Live(int segment) =>
        _segments.TryGetValue(segment, out var entry) ? (entry.LiveBytes, entry.LiveMessages) : default;

    /// <summary>The segments still there that facts in this one are about.</summary>
    public IEnumerable<int> Superseded(int segment) =>
        _segments.TryGetValue(segment, out var entry) ? entry.Supersedes.Where(_segments.ContainsKey) : [];

    /// <summary>What a <see cref="SpoolRecord.Dropped"/> about these segments has to say.</summary>
    public Totals TotalsWithout(IEnumerable<int> segments)
    {
        var totals = Gone;
        foreach (var segment in segments)
            if (_segments.TryGetValue(segment, out var entry)) totals += entry.Finished;
        return totals;
    }

    /// <summary>A live message has its body in a content segment.</summary>
    public void UseBody(in ContentLocation body)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_bodies, body.Segment, out _);
        entry = new BodyEntry(entry.Bytes + body.Length, entry.Messages + 1);
    }

    /// <summary>It is not needed any more.</summary>
    public void ReleaseBody(in ContentLocation body)
    {
        if (!_bodies.TryGetValue(body.Segment, out var entry)) return;
        if (entry.Messages <= 1) _bodies.Remove(body.Segment);
        else _bodies[body.Segment] = new BodyEntry(entry.Bytes - body.Length, entry.Messages - 1);
    }

    /// <summary>Live bytes of a content segment.</summary>
    public long LiveBodies(long segment) => _bodies.TryGetValue(segment, out var entry) ? entry.Bytes : 0;

    /// <summary>Everything to be kept in a snapshot that messages do not say themselves.</summary>
    public LedgerCopy Copy() => new(
        Gone, [.. _segments.Select(pair => new LedgerRow(pair.Key, pair.Value.Finished, [.. pair.Value.Supersedes]))]);

    /// <summary>Takes back what <see cref="Copy"/> gave; before any message arrives.</summary>
    public void Restore(LedgerCopy copy)
    {
        Gone = copy.Gone;
        foreach (var row in copy.Rows)
        {
            var entry = Of(row.Segment);
            entry.Finished = row.Finished;
            entry.Supersedes.UnionWith(row.Supersedes);
        }
    }

    // Where a message was at home in the segment that goes, and in an older one before that stays, facts about it have
    // to outlive the older one too.
    private void Inherit(int gone, Entry from)
    {
        if (from.Supersedes.Count == 0) return;
        foreach (var entry in _segments.Values)
        {
            if (entry.Supersedes.Remove(gone)) entry.Supersedes.UnionWith(from.Supersedes);
        }
    }

    private Entry Of(int segment)
    {
        if (segment == _lastSegment && _last is { } last) return last;
        if (!_segments.TryGetValue(segment, out var entry)) _segments.Add(segment, entry = new Entry());
        (_last, _lastSegment) = (entry, segment);
        return entry;
    }

    private readonly record struct BodyEntry(long Bytes, int Messages);

    private sealed class Entry
    {
        public long LiveBytes;
        public int LiveMessages;
        public Totals Finished;
        public int LastSuperseded = -1;
        public HashSet<int> Supersedes { get; } = [];
    }
}

/// <summary>A ledger, apart from what messages say themselves.</summary>
internal sealed record LedgerCopy(Totals Gone, IReadOnlyList<LedgerRow> Rows);

/// <summary>A segment in it.</summary>
internal sealed record LedgerRow(int Segment, Totals Finished, IReadOnlyList<int> Supersedes);
