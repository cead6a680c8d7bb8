using System.Collections.Immutable;

namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>The last changes of one lane, with their causes: delivery.md A5.</summary>
/// <param name="clock">When a change happened.</param>
/// <param name="earlier">Those that are remembered from before, oldest first.</param>
internal sealed class ChangeLog(TimeProvider clock, ImmutableArray<LaneChange> earlier)
{
    private const int Most = 100;

    private readonly List<LaneChange> _changes = [.. earlier];

    /// <summary>Oldest first.</summary>
    public ImmutableArray<LaneChange> All => [.. _changes];

    /// <summary>Grows with every change of this lane.</summary>
    public int Version { get; private set; }

    /// <summary>A number changed.</summary>
    public void Add(LearnedValue what, double? from, double? to, string why)
    {
        Version++;
        var now = clock.GetUtcNow();
        // The steps of one slow start are one change, and so are pauses that follow each other.
        if (_changes is [.., var last] && last.What == what)
        {
            if (what == LearnedValue.Pause && last.At.AddSeconds(2 * last.To!.Value + 2) > now)
            {
                _changes[^1] = last with { To = (now - last.At).TotalSeconds + to, Why = why };
                return;
            }
            if (what == LearnedValue.Connections && last.Why == why && last.To == from && to > from)
            {
                _changes[^1] = last with { To = to };
                return;
            }
        }
        if (_changes.Count == Most) _changes.RemoveAt(0);
        _changes.Add(new LaneChange(now, what, from, to, why));
    }
}
