using Ekiden.Delivery.Providers;
using Ekiden.Delivery.Routes;

namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>
/// Between what a lane learns: start values and caps, from the provider's pack or the defaults of DESIGN §11.
/// </summary>
internal sealed record LaneBounds
{
    /// <summary>The bounds of a route: its provider's, and what the operator fixed.</summary>
    /// <param name="route">Where to.</param>
    /// <param name="longestPause">The longest pause that is not the peer's own wish.</param>
    /// <param name="pins">What was fixed for the lane while it ran: wins over the route.</param>
    public static LaneBounds Of(Route route, TimeSpan longestPause, LaneLimits? pins)
    {
        var limits = route.Provider.Pack.Limits;
        return new LaneBounds
        {
            StartConnections = limits.StartConnections,
            MaxConnections = limits.MaxConnections,
            StretchConnections = Math.Max(limits.MaxConnections, limits.StretchConnections),
            MaxMessagesPerConnection = limits.MessagesPerConnection,
            StartRate = limits.StartRate ?? limits.MaxRate,
            MaxRate = limits.MaxRate ?? double.PositiveInfinity,
            Growth = route.Provider.Pack.Growth,
            LongestPause = longestPause,
            Pins = pins is null ? route.Limits : route.Limits with
            {
                Connections = pins.Connections ?? route.Limits.Connections,
                MessagesPerConnection = pins.MessagesPerConnection ?? route.Limits.MessagesPerConnection,
                MessagesPerSecond = pins.MessagesPerSecond ?? route.Limits.MessagesPerSecond,
            },
        };
    }

    /// <summary>What is known of a site that no pack names.</summary>
    public static LaneBounds Default { get; } = new();

    /// <summary>Connections to begin with.</summary>
    public int StartConnections { get; init; } = 2;

    /// <summary>Connections that slow start ends at.</summary>
    public int MaxConnections { get; init; } = 20;

    /// <summary>Connections at most, step by step, while each step pays and nothing is refused.</summary>
    public int StretchConnections { get; init; } = 20;

    /// <summary>Transactions on a connection at most, without a pin.</summary>
    public int MaxMessagesPerConnection { get; init; } = 100;

    /// <summary>Transactions per second to begin with; null: none until a reply asks for one.</summary>
    public double? StartRate { get; init; }

    /// <summary>Transactions per second at most, without a pin.</summary>
    public double MaxRate { get; init; } = double.PositiveInfinity;

    /// <summary>How a careful provider is approached; null: as DESIGN §11 says for everybody.</summary>
    public GrowthRule? Growth { get; init; }

    /// <summary>The longest pause that is not the peer's own wish.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What the operator fixed; null values are learned.</summary>
    public LaneLimits Pins { get; init; } = LaneLimits.Default;
}
