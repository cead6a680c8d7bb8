using Ekiden.Delivery.Bounces.Reading;
using Ekiden.Delivery.Providers;

namespace Ekiden.Delivery.Bounces.Consequences;

/// <summary>
/// When an address is not mailed any more: delivery.md B3, B5. A complaint counts at once; that an address does not
/// exist, at once too, unless it took mail lately; a full or closed mailbox, when it happens again and again. What is
/// about us (authentication, reputation, rate, network) never does.
/// </summary>
public sealed record SuppressionRule
{
    /// <summary>Delivery.md §8: hard at once, three soft ones in 90 days.</summary>
    public static SuppressionRule Default { get; } = new();

    /// <summary>So many soft bounces within <see cref="SoftWindow"/>; at least 1.</summary>
    public int SoftLimit { get; init; } = 3;

    /// <summary>How long a soft bounce counts, and how long an address is then not mailed.</summary>
    public TimeSpan SoftWindow { get; init; } = TimeSpan.FromDays(90);

    /// <summary>An address that took mail within this time is believed to exist: providers fail, too.</summary>
    public TimeSpan Trusted { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Then a second bounce is needed, this much later than the first.</summary>
    public TimeSpan SecondOpinion { get; init; } = TimeSpan.FromDays(1);

    /// <summary>What follows from a bounce, or a report, about one address.</summary>
    /// <param name="bounce">What came back.</param>
    /// <param name="history">What is known of the address.</param>
    /// <param name="now">The time.</param>
    public SuppressionDecision Decide(BounceResult bounce, AddressHistory history, DateTimeOffset now)
    {
        if (bounce.FeedbackType is { } type) return OfReport(type);
        if (bounce.IsHard) return OfHard(history, now);
        if (bounce.Reason.Class is not (ReplyClass.MailboxFull or ReplyClass.Suspend))
            return new SuppressionDecision.None();
        var count = 1 + history.SoftBounces.Count(at => now - at <= SoftWindow);
        return count >= SoftLimit
            ? new SuppressionDecision.Suppress(SuppressionCause.Soft, now + SoftWindow)
            : new SuppressionDecision.Count();
    }

    // RFC 5965 §7.3: reports about authentication or viruses are not the recipient's wish.
    private static SuppressionDecision OfReport(string type) => type switch
    {
        "abuse" or "fraud" or "other" => new SuppressionDecision.Suppress(SuppressionCause.Complaint, null),
        "opt-out" or "opt-out-list" => new SuppressionDecision.Suppress(SuppressionCause.Unsubscribe, null),
        _ => new SuppressionDecision.None(),
    };

    private SuppressionDecision OfHard(AddressHistory history, DateTimeOffset now)
    {
        var isTrusted = history.LastDelivered is { } delivered && now - delivered <= Trusted;
        var isSecond = history.FirstHardBounce is { } first && now - first >= SecondOpinion
            && !(history.LastDelivered > first);
        return isTrusted && !isSecond
            ? new SuppressionDecision.Count()
            : new SuppressionDecision.Suppress(SuppressionCause.Hard, null);
    }
}

/// <summary>What is known of an address.</summary>
public sealed record AddressHistory
{
    /// <summary>Nothing is known.</summary>
    public static AddressHistory Unknown { get; } = new();

    /// <summary>When it took mail last; null: never.</summary>
    public DateTimeOffset? LastDelivered { get; init; }

    /// <summary>The first hard bounce since then; null: none.</summary>
    public DateTimeOffset? FirstHardBounce { get; init; }

    /// <summary>Earlier soft bounces, in any order.</summary>
    public IReadOnlyList<DateTimeOffset> SoftBounces { get; init; } = [];
}

/// <summary>What follows for the address.</summary>
public abstract record SuppressionDecision
{
    private SuppressionDecision() { } // closed: every case is below

    /// <summary>Nothing.</summary>
    public sealed record None : SuppressionDecision;

    /// <summary>It is remembered; the next one may count more.</summary>
    public sealed record Count : SuppressionDecision;

    /// <summary>It is not mailed any more.</summary>
    /// <param name="Cause">Why.</param>
    /// <param name="Until">Until when; null: until somebody removes it.</param>
    public sealed record Suppress(SuppressionCause Cause, DateTimeOffset? Until) : SuppressionDecision;
}

/// <summary>Why an address is not mailed any more.</summary>
public enum SuppressionCause : byte
{
    /// <summary>It takes no mail.</summary>
    Hard,

    /// <summary>It took none again and again.</summary>
    Soft,

    /// <summary>Its owner complained.</summary>
    Complaint,

    /// <summary>Its owner wants no more mail.</summary>
    Unsubscribe,
}
