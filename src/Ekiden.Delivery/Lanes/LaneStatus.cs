using System.Collections.Immutable;
using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Delivery.Lanes.Ready;
using Ekiden.Delivery.Routes;

namespace Ekiden.Delivery.Lanes;

/// <summary>How a lane stands.</summary>
/// <param name="Site">Where it leads.</param>
/// <param name="Source">From where.</param>
/// <param name="Ready">Recipients that are due and wait for a connection.</param>
/// <param name="Working">Connections that carry something, or are being opened.</param>
/// <param name="Idle">Connections that rest.</param>
/// <param name="Rest">For how long nothing new is opened; zero or less when it may.</param>
public sealed record LaneStatus(string Site, string Source, int Ready, int Working, int Idle, TimeSpan Rest)
{
    /// <summary>The provider pack in force.</summary>
    public required string Provider { get; init; }

    /// <summary>What its connections must have, in a few words; empty: what every connection has.</summary>
    public required string Security { get; init; }

    /// <summary>Connections that say goodbye.</summary>
    public int Closing { get; init; }

    /// <summary>Why mail waits in it; null when none does.</summary>
    public LaneWait? Wait { get; init; }

    /// <summary>Those of <see cref="Ready"/> that are bulk.</summary>
    public int ReadyBulk { get; init; }

    /// <summary>What an operator fixed; null values are learned.</summary>
    public required LaneLimits Pins { get; init; }

    /// <summary>What it keeps to, and what changed it.</summary>
    public required LearnedLane Learned { get; init; }

    /// <summary>The limits of single accounts and sender domains at this site.</summary>
    public ImmutableArray<ScopeStatus> Scopes { get; init; } = [];
}

/// <summary>What a lane tells a worker that asks for more.</summary>
internal enum LaneTurn
{
    /// <summary>Here is one.</summary>
    Take,

    /// <summary>None now: the connection rests, the worker ends.</summary>
    Parked,

    /// <summary>The lane is closed: the worker closes its connection and ends.</summary>
    Leave,
}
