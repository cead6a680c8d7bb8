namespace Ekiden.Contracts;

/// <summary>
/// GET /v1/lanes: one sending address to one receiving site, what it keeps to, and what changed it. Lanes that mail
/// waits for are shown as they stand; of others, what is remembered.
/// </summary>
public sealed record LaneResponse
{
    /// <summary>The receiving site: MX hosts that serve the same domains, or a route.</summary>
    public required string Site { get; init; }

    /// <summary>The sending address: an <c>[[egress]]</c>, or <c>default</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The provider pack in force; null when no mail waits for the lane.</summary>
    public string? Provider { get; init; }

    /// <summary>What its connections must have (TLS policy); null: what every connection has.</summary>
    public string? Security { get; init; }

    /// <summary>Recipients that are due and wait here.</summary>
    public required int Ready { get; init; }

    /// <summary>Those of them that are bulk.</summary>
    public required int ReadyBulk { get; init; }

    /// <summary>Connections now.</summary>
    public required LaneConnectionsResponse Connections { get; init; }

    /// <summary>What it keeps to.</summary>
    public required LaneNumbers Limits { get; init; }

    /// <summary>What an operator fixed; null values are learned.</summary>
    public required LaneNumbers Pins { get; init; }

    /// <summary>Why mail waits here; null when none does.</summary>
    public WaitResponse? Wait { get; init; }

    /// <summary>Limits that hold for one account or one sender's domain at this site.</summary>
    public required IReadOnlyList<LaneScopeResponse> Scopes { get; init; }

    /// <summary>The last changes, oldest first; at most 100.</summary>
    public required IReadOnlyList<LaneChangeResponse> Changes { get; init; }
}

/// <summary>The connections of a lane by what they do.</summary>
public sealed record LaneConnectionsResponse(int Working, int Idle, int Closing);

/// <summary>The numbers of a lane; null is no limit, or nothing fixed.</summary>
/// <param name="Connections">At once.</param>
/// <param name="MessagesPerConnection">Transactions until QUIT.</param>
/// <param name="PerSecond">Transactions per second.</param>
public sealed record LaneNumbers(int? Connections, int? MessagesPerConnection, double? PerSecond);

/// <summary>The limit of one account or sender's domain at a site.</summary>
public sealed record LaneScopeResponse(
    string Scope, double? PerSecond, DateTimeOffset? PausedUntil, IReadOnlyList<LaneChangeResponse> Changes);

/// <summary>One change of a number, with its cause.</summary>
/// <param name="At">When.</param>
/// <param name="What"><c>connections, rate, messages_per_connection, pause</c>.</param>
/// <param name="From">Before; null: no limit.</param>
/// <param name="To">After; null: no limit. For a pause: its seconds.</param>
/// <param name="Why">A reply, or what was seen.</param>
public sealed record LaneChangeResponse(DateTimeOffset At, string What, double? From, double? To, string Why);

/// <summary>Why a recipient waits.</summary>
/// <param name="Limit">
/// <c>scheduled, retry, held, active, route</c>, or what holds mail back in its lane: <c>pause, rate, connections,
/// bulk_share, rest, budget, bytes, scope, connecting, none</c>.
/// </param>
/// <param name="Since">Since when; null when not known.</param>
/// <param name="Until">Until when, as far as time alone decides; null otherwise.</param>
/// <param name="Why">What brought it about: a reply, or what was seen; empty when nothing did.</param>
public sealed record WaitResponse(string Limit, DateTimeOffset? Since, DateTimeOffset? Until, string Why)
{
    /// <summary>The lane's site; null outside of a lane.</summary>
    public string? Site { get; init; }

    /// <summary>The lane's source; null outside of a lane.</summary>
    public string? Source { get; init; }
}

/// <summary>PUT /v1/lanes/{source}/{site}/pins: numbers to keep to; at least one.</summary>
public sealed record PinLaneRequest
{
    /// <summary>Connections at once; at least 1.</summary>
    public int? Connections { get; init; }

    /// <summary>Transactions until QUIT; at least 1.</summary>
    public int? MessagesPerConnection { get; init; }

    /// <summary>Transactions per second; more than 0.</summary>
    public double? PerSecond { get; init; }
}
