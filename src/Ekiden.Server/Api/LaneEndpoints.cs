using System.Globalization;
using Ekiden.Contracts;
using Ekiden.Delivery;
using Ekiden.Delivery.Lanes;
using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Delivery.Lanes.Ready;
using Ekiden.Delivery.Routes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>What was learned of receiving sites, and what an operator fixes: api.md §4, DESIGN §5.</summary>
internal sealed class LaneEndpoints(DeliveryService delivery, TimeProvider clock)
{
    private const int DefaultPage = 100;
    private const int LargestPage = 1000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/lanes", List).ForAdmins();
        routes.MapGet("/lanes/{source}/{site}", Show).ForAdmins();
        routes.MapPut("/lanes/{source}/{site}/pins", PinAsync).ForAdmins();
        routes.MapDelete("/lanes/{source}/{site}/pins", UnpinAsync).ForAdmins();
        routes.MapPost("/lanes/{source}/{site}/reset", ResetAsync).ForAdmins();
    }

    /// <summary>A wait in the API's words.</summary>
    public static WaitResponse ToResponse(LaneWait wait) => new(Word(wait.Limit), wait.Since, wait.Until, wait.Why)
    {
        Site = wait.Site,
        Source = wait.Source,
    };

    private IResult List(string? site, string? source, string? limit)
    {
        var most = DefaultPage;
        if (limit is not null
            && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out most)
                || most is < 1 or > LargestPage))
        {
            return Problems.Invalid("/limit", "invalid_request", $"1 to {LargestPage}");
        }
        // Where mail waits first; the last that was learned of the rest.
        var found = All()
            .Where(lane => (source is null || lane.Source == source) && (site is null || IsAt(lane, site)))
            .OrderByDescending(lane => lane.Ready).ThenBy(lane => lane.Site, StringComparer.Ordinal)
            .ThenBy(lane => lane.Source, StringComparer.Ordinal).Take(most + 1).ToList();
        var isMore = found.Count > most;
        if (isMore) found.RemoveAt(most);
        return Results.Json(new Page<LaneResponse>(found, null, isMore), ApiJson.Default.PageLaneResponse);
    }

    private IResult Show(string source, string site)
    {
        var found = All().Where(lane => lane.Source == source && lane.Site == site).ToList();
        return found.Count == 0
            ? Problems.NotFound
            : Results.Json(new Page<LaneResponse>(found, null, false), ApiJson.Default.PageLaneResponse);
    }

    private async Task<IResult> PinAsync(HttpContext http, string source, string site)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.PinLaneRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        if (request.Connections < 1) return Problems.Invalid("/connections", "invalid_request", "At least 1");
        if (request.MessagesPerConnection < 1)
            return Problems.Invalid("/messages_per_connection", "invalid_request", "At least 1");
        if (request.PerSecond is { } rate && rate is not (> 0 and < 1_000_000))
            return Problems.Invalid("/per_second", "invalid_request", "More than 0, less than 1,000,000");
        if (request is { Connections: null, MessagesPerConnection: null, PerSecond: null })
            return Problems.Invalid("", "invalid_request", "Say what to fix: at least one number");
        var pins = LaneLimits.Default with
        {
            Connections = request.Connections,
            MessagesPerConnection = request.MessagesPerConnection,
            MessagesPerSecond = request.PerSecond,
        };
        return Answer(await delivery.PinLaneAsync(source, site, pins, http.RequestAborted), source, site);
    }

    private async Task<IResult> UnpinAsync(HttpContext http, string source, string site) =>
        Answer(await delivery.PinLaneAsync(source, site, null, http.RequestAborted), source, site);

    private async Task<IResult> ResetAsync(HttpContext http, string source, string site) =>
        Answer(await delivery.ResetLaneAsync(source, site, http.RequestAborted), source, site);

    // A lane that was forgotten while no mail waited for it is not there any more: it knows nothing.
    private IResult Answer(bool isKnown, string source, string site)
    {
        if (!isKnown) return Problems.NotFound;
        var found = All().Where(lane => lane.Source == source && lane.Site == site).ToList();
        return Results.Json(new Page<LaneResponse>(found, null, false), ApiJson.Default.PageLaneResponse);
    }

    private IEnumerable<LaneResponse> All()
    {
        var live = delivery.Lanes;
        var known = live.Select(lane => (lane.Source, lane.Site)).ToHashSet();
        return live.Select(ToResponse).Concat(
            delivery.Remembered.Where(lane => !known.Contains((lane.Source, lane.Site))).Select(ToResponse));
    }

    // The whole name, a host in it, a domain whose mail goes there, or the provider's name.
    private bool IsAt(LaneResponse lane, string text) =>
        lane.Site.Contains(text, StringComparison.OrdinalIgnoreCase)
        || string.Equals(lane.Provider, text, StringComparison.OrdinalIgnoreCase)
        || delivery.SiteOf(text) == lane.Site;

    private LaneResponse ToResponse(LaneStatus lane) => new()
    {
        Site = lane.Site,
        Source = lane.Source,
        Provider = lane.Provider,
        Security = lane.Security.Length == 0 ? null : lane.Security,
        Ready = lane.Ready,
        ReadyBulk = lane.ReadyBulk,
        Connections = new LaneConnectionsResponse(lane.Working, lane.Idle, lane.Closing),
        Limits = Numbers(lane.Learned),
        Pins = Numbers(lane.Pins),
        Wait = lane.Wait is { } wait ? ToResponse(wait) : null,
        Scopes = [.. lane.Scopes.Select(ToResponse)],
        Changes = [.. lane.Learned.Changes.Select(ToResponse)],
    };

    private LaneResponse ToResponse(RememberedLane lane) => new()
    {
        Site = lane.Site,
        Source = lane.Source,
        Ready = 0,
        ReadyBulk = 0,
        Connections = new LaneConnectionsResponse(0, 0, 0),
        Limits = Numbers(lane.Learned),
        Pins = Numbers(lane.Learned.Pins),
        Scopes = [],
        Changes = [.. lane.Learned.Changes.Select(ToResponse)],
    };

    private LaneScopeResponse ToResponse(ScopeStatus scope) => new(
        scope.Scope, scope.Rate, scope.Pause > TimeSpan.Zero ? clock.GetUtcNow() + scope.Pause : null,
        [.. scope.Changes.Select(ToResponse)]);

    private static LaneChangeResponse ToResponse(LaneChange change) =>
        new(change.At, Word(change.What), change.From, change.To, change.Why);

    private static LaneNumbers Numbers(LearnedLane learned) =>
        new(learned.Connections, learned.MessagesPerConnection, learned.Rate);

    private static LaneNumbers Numbers(LaneLimits? pins) =>
        new(pins?.Connections, pins?.MessagesPerConnection, pins?.MessagesPerSecond);

    private static string Word(LearnedValue value) => value switch
    {
        LearnedValue.Connections => "connections",
        LearnedValue.Rate => "rate",
        LearnedValue.MessagesPerConnection => "messages_per_connection",
        _ => "pause",
    };

    private static string Word(LaneLimit limit) => limit switch
    {
        LaneLimit.Pause => "pause",
        LaneLimit.Rate => "rate",
        LaneLimit.Connections => "connections",
        LaneLimit.BulkShare => "bulk_share",
        LaneLimit.Rest => "rest",
        LaneLimit.Budget => "budget",
        LaneLimit.Bytes => "bytes",
        LaneLimit.Scope => "scope",
        LaneLimit.Connecting => "connecting",
        _ => "none",
    };
}
