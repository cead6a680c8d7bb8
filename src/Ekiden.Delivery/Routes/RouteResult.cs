using Ekiden.Mail;

namespace Ekiden.Delivery.Routes;

/// <summary>What was found for a domain.</summary>
internal abstract record RouteResult
{
    private RouteResult() { } // closed: every case is below

    /// <summary>Hosts to try.</summary>
    /// <param name="Route">Where to.</param>
    /// <param name="ValidUntil">When to ask again: the records' time to live.</param>
    public sealed record Found(Route Route, DateTimeOffset ValidUntil) : RouteResult;

    /// <summary>No way now, or none at all: the outcome for everybody who waits for this domain.</summary>
    /// <param name="Outcome">Deferred or failed.</param>
    /// <param name="RetryAfter">For a deferral: when to ask again, where that matters; null leaves it to the
    /// schedule.</param>
    public sealed record None(DeliveryOutcome Outcome, TimeSpan? RetryAfter = null) : RouteResult;
}
