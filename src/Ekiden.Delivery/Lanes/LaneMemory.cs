using System.Collections.Concurrent;
using System.Collections.Immutable;
using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Delivery.Lanes.Ready;

namespace Ekiden.Delivery.Lanes;

/// <summary>
/// What was learned, beyond the life of a lane object: by source and site, and the limits of scopes by site.
/// </summary>
/// <remarks>Thread-safe. Only lanes that learned something are in it.</remarks>
internal sealed class LaneMemory
{
    private static readonly LearnedLane Nothing = new();

    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<(string Source, string Site), LearnedLane> _learned = new();
    private readonly ConcurrentDictionary<string, LearnedLane> _bySite = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ScopeLimits> _scopes = new(StringComparer.Ordinal);
    private ConcurrentDictionary<(string Source, string Site), bool> _changed = new();

    /// <summary>An empty memory, or what was kept of one.</summary>
    public LaneMemory(TimeProvider clock, IEnumerable<RememberedLane> kept)
    {
        _clock = clock;
        foreach (var lane in kept)
        {
            _learned[(lane.Source, lane.Site)] = lane.Learned;
            _bySite[lane.Site] = lane.Learned;
        }
    }

    /// <summary>Turns of an account against others; 1 is usual.</summary>
    public Func<string, int> Weights { get; set; } = static _ => 1;

    /// <summary>What is known of a site for a source; from another source where that one knows nothing.</summary>
    public LearnedLane Recall(string source, string site)
    {
        if (_learned.TryGetValue((source, site), out var known)) return known;
        return _bySite.TryGetValue(site, out var other)
            ? other with { Changes = [], PausedUntil = null, PauseWhy = "", Pins = null }
            : Nothing;
    }

    /// <summary>A lane learned something.</summary>
    public void Remember(string source, string site, LearnedLane learned)
    {
        _learned[(source, site)] = learned;
        _bySite[site] = learned;
        _changed[(source, site)] = true;
    }

    /// <summary>Something was learned or fixed for this source at this site.</summary>
    public bool Knows(string source, string site) => _learned.ContainsKey((source, site));

    /// <summary>All that is remembered.</summary>
    public IEnumerable<RememberedLane> All => _learned
        .Where(static entry => !entry.Value.IsNothing)
        .Select(static entry => new RememberedLane(entry.Key.Source, entry.Key.Site, entry.Value));

    /// <summary>What changed since the last call; a lane without a value was forgotten.</summary>
    public ImmutableArray<RememberedLane> TakeChanges() =>
        [.. Interlocked.Exchange(ref _changed, new()).Keys.Select(
            key => new RememberedLane(key.Source, key.Site, _learned.GetValueOrDefault(key, Nothing)))];

    /// <summary>The limits of accounts and sender domains at a site.</summary>
    public ScopeLimits ScopesOf(string site) =>
        _scopes.GetOrAdd(site, static (_, memory) => new ScopeLimits(
            memory._clock, account => memory.Weights(account)), this);

    /// <summary>Drops limits that say nothing, of sites without a lane.</summary>
    public void Sweep(Func<string, bool> hasLane)
    {
        foreach (var (site, scopes) in _scopes)
        {
            if (scopes.IsEmpty && !hasLane(site)) _scopes.TryRemove(new(site, scopes));
        }
    }
}

/// <summary>What was learned of one lane.</summary>
/// <param name="Source">From where.</param>
/// <param name="Site">Where it leads.</param>
/// <param name="Learned">What.</param>
public sealed record RememberedLane(string Source, string Site, LearnedLane Learned);
