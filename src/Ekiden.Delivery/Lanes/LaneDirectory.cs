using System.Collections.Concurrent;
using System.Collections.Immutable;
using Ekiden.Delivery.Attempts;
using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Routes;
using Ekiden.Mail;
using Microsoft.Extensions.Logging;

namespace Ekiden.Delivery.Lanes;

/// <summary>
/// The lanes that are in use, and the rules by which they are found; the rules are replaced as a whole.
/// </summary>
internal sealed partial class LaneDirectory(LaneRules rules)
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

    /// <summary>The lanes from a source to a site: one for each security policy of the mail that waits.</summary>
    public ImmutableArray<Lane> FindAll(string source, string site) =>
        [.. _lanes.Values.Where(lane => lane.Source.Name == source && lane.Route.Site == site)];

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
            lane.Remember();
            if (lane.TakeOverdue(out var why) is { Count: > 0 } overdue) _ = ExpireAsync(lane, overdue, why);
            lane.TakeIdleSince(cutOff, resting);
            if (lane.TryRetire()) _lanes.TryRemove(new(key, lane));
        }
        var sites = _lanes.Keys.Select(static key => key.Site).ToHashSet(StringComparer.Ordinal);
        services.Memory.Sweep(sites.Contains);
        Quit(resting);
    }

    // The probes of a site that is left alone were the attempts for those who could not wait for its end. An exception
    // barrier: what could not be recorded is due as before.
    private async Task ExpireAsync(Lane lane, List<int> overdue, string why)
    {
        var services = _rules.Services;
        services.Activity.Begin();
        try
        {
            var outcome = new DeliveryOutcome.Deferred(
                DeferralReason.Throttled, new EnhancedStatus(4, 4, 7), null, why, MayBeDuplicated: false);
            await services.Unsent.RecordAsync(
                overdue, lane, new Unsent(outcome, services.Clock.GetUtcNow()), services.Stopping);
        }
        catch (OperationCanceledException) when (services.Stopping.IsCancellationRequested)
        {
            // They wait, in the journal, for the next start.
        }
        catch (Exception e)
        {
            services.Metrics.Trouble();
            Log.NotExpired(services.Logger, lane.Route.Site, e);
        }
        finally
        {
            services.Activity.End();
        }
    }

    private void Quit(List<PooledConnection> connections)
    {
        foreach (var connection in connections) _rules.Services.Closer.Close(connection, keepsPlace: false);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Mail for {Site} whose lifetime is over could not be ended")]
        public static partial void NotExpired(ILogger logger, string site, Exception exception);
    }
}

/// <summary>The rules of lanes, from the settings.</summary>
/// <param name="Routes">How routes are found.</param>
/// <param name="Source">From where mail leaves.</param>
/// <param name="Services">What lanes work with.</param>
internal sealed record LaneRules(RouteFinder Routes, EgressSource Source, LaneServices Services);
