using Ekiden.Mail;

namespace Ekiden.Delivery.Attempts;

/// <summary>What an attempt says of one recipient, before expiry and schedule are looked at.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="RetryAfter">
/// For a deferral: when to try again where that does not follow from the schedule; null leaves it to the schedule.
/// </param>
internal readonly record struct Verdict(DeliveryOutcome Outcome, TimeSpan? RetryAfter = null);

/// <summary>One outcome for all who waited for something that could not be had: a route, a connection.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="BegunAt">When we began to try: recipients expire only if that was not before their time (M-R5).</param>
internal sealed record Unsent(DeliveryOutcome Outcome, DateTimeOffset BegunAt)
{
    /// <summary>When to try again; null leaves it to the schedule.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The host that decided; empty when none was reached.</summary>
    public string Host { get; init; } = "";

    /// <summary>Its address; empty when none was reached.</summary>
    public string HostAddress { get; init; } = "";

    /// <summary>Where it ended, in the words of api.md §5.</summary>
    public string Phase { get; init; } = "connect";

    /// <summary>Our own mistake.</summary>
    public static Unsent OurTrouble(DateTimeOffset begunAt) => new(
        new DeliveryOutcome.Deferred(
            DeferralReason.Local, new EnhancedStatus(4, 3, 0), null, "local trouble", MayBeDuplicated: false),
        begunAt);
}
