namespace Ekiden.Delivery.Lanes;

/// <summary>Why mail that is due waits in a lane: delivery.md Q7.</summary>
/// <param name="Limit">Which limit, in one word; see <see cref="LaneLimit"/>.</param>
/// <param name="Since">When the limit came to be what it is; null when it was from the start.</param>
/// <param name="Until">When mail goes on, as far as time alone decides; null otherwise.</param>
/// <param name="Why">What changed the limit: a reply, or what was seen; empty when nothing did.</param>
public sealed record LaneWait(LaneLimit Limit, DateTimeOffset? Since, DateTimeOffset? Until, string Why)
{
    /// <summary>Where the lane leads.</summary>
    public required string Site { get; init; }

    /// <summary>From where.</summary>
    public required string Source { get; init; }
}

/// <summary>What holds mail back in a lane.</summary>
public enum LaneLimit
{
    /// <summary>Nothing: it is about to go.</summary>
    None,

    /// <summary>The site is left alone for a while.</summary>
    Pause,

    /// <summary>Messages per second.</summary>
    Rate,

    /// <summary>Connections at once: all are busy.</summary>
    Connections,

    /// <summary>The part of the connections that bulk may use is busy.</summary>
    BulkShare,

    /// <summary>A connection was refused a moment ago, or no host answered.</summary>
    Rest,

    /// <summary>The connections of the whole process.</summary>
    Budget,

    /// <summary>Bytes per second of the whole process.</summary>
    Bytes,

    /// <summary>A limit of the mail's own account or sender domain at the site.</summary>
    Scope,

    /// <summary>Connections are being opened.</summary>
    Connecting,
}
