using Ekiden.Delivery.Attempts;
using Ekiden.Delivery.Connections;
using Ekiden.Spool;
using Microsoft.Extensions.Logging;

namespace Ekiden.Delivery.Lanes;

/// <summary>What all lanes work with.</summary>
internal sealed record LaneServices
{
    /// <summary>Opens connections.</summary>
    public required ConnectionOpener Opener { get; init; }

    /// <summary>How many connections the process may hold.</summary>
    public required ConnectionBudget Budget { get; init; }

    /// <summary>How many bytes per second may leave.</summary>
    public required ByteBudget Bytes { get; init; }

    /// <summary>What was learned before.</summary>
    public required LaneMemory Memory { get; init; }

    /// <summary>The longest pause of a lane that is not the peer's own wish.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Closes connections.</summary>
    public required ConnectionCloser Closer { get; init; }

    /// <summary>Claims recipients and opens their message.</summary>
    public required AttemptStarter Starter { get; init; }

    /// <summary>Turns what happened into facts.</summary>
    public required OutcomeRecorder Recorder { get; init; }

    /// <summary>Records one outcome for many recipients that were not tried one by one.</summary>
    public required UnsentRecorder Unsent { get; init; }

    /// <summary>Where facts go.</summary>
    public required IJournal Journal { get; init; }

    /// <summary>What runs.</summary>
    public required Activity Activity { get; init; }

    /// <summary>What is counted.</summary>
    public required DeliveryMetrics Metrics { get; init; }

    /// <summary>The time.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Where lanes write.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>The first stage of a stop: nothing new begins, connecting ends.</summary>
    public required CancellationToken Stopping { get; init; }

    /// <summary>The second stage: no final dot is sent any more.</summary>
    public required CancellationToken LastDot { get; init; }

    /// <summary>The third stage: what still runs is cut.</summary>
    public required CancellationToken Aborting { get; init; }
}
