using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Ekiden.Delivery.Routes;

namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>What was learned of a site for one source: survives restarts, and lanes that come and go.</summary>
public sealed record LearnedLane
{
    /// <summary>Nothing was learned, or all was forgotten.</summary>
    [JsonIgnore]
    public bool IsNothing =>
        Connections is null && Rate is null && MessagesPerConnection is null && Pins is null;

    /// <summary>Connections at once; null: nothing learned.</summary>
    public int? Connections { get; init; }

    /// <summary>The least number of connections that was refused; null when none was.</summary>
    public int? RefusedConnections { get; init; }

    /// <summary>Transactions per second; null: no limit.</summary>
    public double? Rate { get; init; }

    /// <summary>The rate that was refused last; null when none was.</summary>
    public double? RefusedRate { get; init; }

    /// <summary>Transactions per connection; null: nothing learned.</summary>
    public int? MessagesPerConnection { get; init; }

    /// <summary>Nothing is sent before; null when nothing holds it back.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>The cause of the pause; empty without one.</summary>
    public string PauseWhy { get; init; } = "";

    /// <summary>What an operator fixed for this lane; null when nothing.</summary>
    public LaneLimits? Pins { get; init; }

    /// <summary>The last changes with their causes, oldest first; at most 100.</summary>
    public ImmutableArray<LaneChange> Changes { get; init; } = [];
}
