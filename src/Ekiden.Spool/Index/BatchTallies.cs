using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Ekiden.Mail;
using Ekiden.Spool.Records;

namespace Ekiden.Spool.Index;

/// <summary>
/// Counts the recipients of every batch, as <see cref="StateCounters"/> and <see cref="SegmentLedger"/> count all: what
/// ended in a segment that goes is said again in the record that drops it, so that no restart counts otherwise.
/// </summary>
/// <remarks>Used under the gate of the tables.</remarks>
internal sealed class BatchTallies
{
    private readonly Dictionary<BatchId, int> _numbers = [];
    private readonly List<Tally> _tallies = [new Tally(default)]; // number 0: no batch

    /// <summary>The batches by number, for a snapshot; the first is none.</summary>
    public IReadOnlyList<BatchId> Ids => [.. _tallies.Select(tally => tally.Id)];

    /// <summary>The number of a batch, a new one where it has none; 0 for no batch.</summary>
    public int Use(BatchId? batch)
    {
        if (batch is not { } id) return 0;
        if (_numbers.TryGetValue(id, out var number)) return number;
        _tallies.Add(new Tally(id));
        return _numbers[id] = _tallies.Count - 1;
    }

    /// <summary>The batch of a number; null for 0.</summary>
    public BatchId? this[int number] => number == 0 ? null : _tallies[number].Id;

    /// <summary>Everything counted for a batch.</summary>
    public Totals Of(BatchId batch) => _numbers.TryGetValue(batch, out var number) ? _tallies[number].Now : default;

    /// <summary>Recipients came, or ended.</summary>
    public void Count(int number, in Totals totals)
    {
        if (number > 0) _tallies[number].Now += totals;
    }

    /// <summary>A message has finished: its recipients belong to the segment where it was at home.</summary>
    public void Finish(int number, int segment, in Totals totals)
    {
        if (number == 0) return;
        CollectionsMarshal.GetValueRefOrAddDefault(_tallies[number].InSegments, segment, out _) += totals;
    }

    /// <summary>What the record that drops these segments has to say.</summary>
    public ImmutableArray<BatchTally> TotalsWithout(ImmutableArray<int> segments)
    {
        var totals = ImmutableArray.CreateBuilder<BatchTally>();
        foreach (var tally in _tallies.Skip(1))
        {
            var sum = tally.Gone;
            foreach (var segment in segments) sum += tally.InSegments.GetValueOrDefault(segment);
            if (sum != default) totals.Add(new BatchTally(tally.Id, sum));
        }
        return totals.DrainToImmutable();
    }

    /// <summary>These segments are gone; the totals are those of all that are.</summary>
    public void Drop(ImmutableArray<int> segments, ImmutableArray<BatchTally> totals)
    {
        foreach (var tally in totals) Use(tally.Id);
        var told = totals.ToDictionary(tally => tally.Id, tally => tally.Totals);
        foreach (var tally in _tallies.Skip(1))
        {
            var known = tally.Gone;
            foreach (var segment in segments)
                if (tally.InSegments.Remove(segment, out var ended)) known += ended;
            if (!told.TryGetValue(tally.Id, out var gone)) gone = known;
            tally.Now += gone - known;
            tally.Gone = gone;
        }
    }

    /// <summary>A batch is over and reported: its numbers are not kept any longer.</summary>
    public void Forget(BatchId batch)
    {
        if (!_numbers.TryGetValue(batch, out var number)) return;
        _tallies[number].Now = _tallies[number].Gone = default;
        _tallies[number].InSegments.Clear();
    }

    /// <summary>Everything, for a snapshot.</summary>
    public ImmutableArray<BatchRow> Copy() =>
    [
        .. _tallies.Skip(1).Select(tally => new BatchRow(
            tally.Id, tally.Now, tally.Gone, [.. tally.InSegments.Select(pair => (pair.Key, pair.Value))])),
    ];

    /// <summary>Takes back a row of a snapshot; gives its number now.</summary>
    public int Restore(BatchRow row)
    {
        var number = Use(row.Id);
        (_tallies[number].Now, _tallies[number].Gone) = (row.Now, row.Gone);
        foreach (var (segment, totals) in row.InSegments) _tallies[number].InSegments[segment] = totals;
        return number;
    }

    private sealed class Tally(BatchId id)
    {
        public BatchId Id { get; } = id;

        public Totals Now { get; set; }

        public Totals Gone { get; set; }

        public Dictionary<int, Totals> InSegments { get; } = [];
    }
}

/// <summary>A batch in a snapshot.</summary>
internal sealed record BatchRow(
    BatchId Id, Totals Now, Totals Gone, ImmutableArray<(int Segment, Totals Totals)> InSegments);
