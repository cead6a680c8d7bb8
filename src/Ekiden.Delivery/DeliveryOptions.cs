using System.Collections.Frozen;
using System.Collections.Immutable;
using Ekiden.Delivery.Bounces;
using Ekiden.Delivery.Routes;

namespace Ekiden.Delivery;

/// <summary>What the settings say about delivery; replaced as a whole at a reload.</summary>
public sealed record DeliveryOptions
{
    /// <summary>Where mail goes.</summary>
    public required RouteOptions Routes { get; init; }

    /// <summary>
    /// <c>[delivery] retry</c>: the waits between attempts, the last one repeated; empty is the usual schedule.
    /// </summary>
    public ImmutableArray<TimeSpan> Retry { get; init; } = [];

    /// <summary><c>[delivery] max_connections</c> of the whole process; at least 4. Not changed by a reload.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>The streams whose mail gives way to other mail: DESIGN §5.</summary>
    public FrozenSet<string> BulkStreams { get; init; } = FrozenSet.Create("bulk");

    /// <summary>Bytes per second that the process may send, all lanes together; null is no limit.</summary>
    public double? MaxBytesPerSecond { get; init; }

    /// <summary>What senders are told.</summary>
    public NoticeOptions Notices { get; init; } = new();

    /// <summary>How long transactions under way may take when the service stops: reliability.md M-R6.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
