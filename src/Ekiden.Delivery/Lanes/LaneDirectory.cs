using System.Collections.Concurrent;
using System.Collections.Immutable;
using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Routes;

namespace Ekiden.Delivery.Lanes;

/// <summary>
/// The lanes that are in use, and the rules by which they are found; the rules are replaced as a whole.
/// </summary>
internal sealed class LaneDirectory(LaneRules rules)
{
    private readonly ConcurrentDictionary<(string Source, string Site), Lane> _lanes = new();
    private volatile LaneRules _rules = rules;

    /// <summary>How routes are found at the moment.</summary>
    public RouteFinder Routes => _rules.Routes;

    /// <summary>How every lane stands.</summary>
    public ImmutableArray<LaneStatus> Statuses => [.. _lanes.Values.Select(lane => lane.Status)];

    /// <summary>The lane for a route; the same for all routes to one site with one policy.</summary>
    public Lane Get(Route route)
    {
        var rules = _rules;
        var key = (rules.Source.Name, route.Lane);
        while (true)
        {
            var lane = _lanes.GetOrAdd(
                key, static (_, made) => new Lane(made.Route, made.Rules.Source, made.Rules.Services),
                (Route: route, Rules: rules));
            if (!lane.IsClosed) return lane;
            _lanes.TryRemove(new(key, lane));
        }
    }

    /// <summary>
    /// New rules: lanes of the old ones finish what they carry. Returns the recipients that waited in them.
    /// </summary>
    public List<int> Replace(LaneRules rules)
    {
        _rules = rules;
        return CloseAll();
    }

    /// <summary>Closes every lane: none takes another recipient. Returns those that waited.</summary>
    public List<int> CloseAll()
    {
        var waiting = new List<int>();
        var resting = new List<PooledConnection>();
        foreach (var (key, lane) in _lanes)
        {
            if (_lanes.TryRemove(new(key, lane))) waiting.AddRange(lane.Close(resting));
        }
        Quit(resting);
        return waiting;
    }

    /// <summary>Closes connections that have rested for too long, and drops lanes that nothing waits for.</summary>
    public void Sweep()
    {
        var services = _rules.Services;
        var now = services.Clock.GetTimestamp();
        var maxIdle = (long)(ConnectionPool.MaxIdle.TotalSeconds * services.Clock.TimestampFrequency);
        // Somebody waits for a connection: those that rest anywhere make room.
        var cutOff = services.Budget.IsExhausted ? now : now - maxIdle;
        var resting = new List<PooledConnection>();
        foreach (var (key, lane) in _lanes)
        {
            lane.TakeIdleSince(cutOff, resting);
            if (lane.TryRetire()) _lanes.TryRemove(new(key, lane));
        }
        Quit(resting);
    }

    private void Quit(List<PooledConnection> connections)
    {
        foreach (var connection in connections) _rules.Services.Closer.Close(connection, keepsPlace: false);
    }
}

/// <summary>The rules of lanes, from the settings.</summary>
/// <param name="Routes">How routes are found.</param>
/// <param name="Source">From where mail leaves.</param>
/// <param name="Services">What lanes work with.</param>
internal sealed record LaneRules(RouteFinder Routes, EgressSource Source, LaneServices Services);
