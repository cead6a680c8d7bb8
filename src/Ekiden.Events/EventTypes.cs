using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Ekiden.Events;

/// <summary>The words for <see cref="EventType"/>, as API, webhooks and command line write them.</summary>
public static class EventTypes
{
    private static readonly ImmutableArray<(EventType Type, string Word)> Words =
    [
        (EventType.Accepted, "email.accepted"), (EventType.Scheduled, "email.scheduled"),
        (EventType.Cancelled, "email.cancelled"), (EventType.Suppressed, "email.suppressed"),
        (EventType.Rejected, "email.rejected"), (EventType.Deferred, "email.deferred"),
        (EventType.Delivered, "email.delivered"), (EventType.Bounced, "email.bounced"),
        (EventType.Expired, "email.expired"), (EventType.Complained, "email.complained"),
        (EventType.Unsubscribed, "email.unsubscribed"), (EventType.Opened, "email.opened"),
        (EventType.Clicked, "email.clicked"), (EventType.BatchProgress, "batch.progress"),
        (EventType.BatchCompleted, "batch.completed"), (EventType.SuppressionCreated, "suppression.created"),
        (EventType.SuppressionRemoved, "suppression.removed"), (EventType.DomainVerified, "domain.verified"),
        (EventType.DomainFailed, "domain.failed"), (EventType.IpListed, "ip.listed"),
        (EventType.IpDelisted, "ip.delisted"), (EventType.IpWarmupAdvanced, "ip.warmup_advanced"),
        (EventType.DestinationThrottled, "destination.throttled"),
        (EventType.DestinationSuspended, "destination.suspended"),
        (EventType.DestinationResumed, "destination.resumed"), (EventType.QuotaThreshold, "quota.threshold"),
        (EventType.WebhookDisabled, "webhook.disabled"),
    ];

    private static readonly FrozenDictionary<EventType, string> ByType =
        Words.ToFrozenDictionary(pair => pair.Type, pair => pair.Word);

    private static readonly FrozenDictionary<string, EventType> ByWord =
        Words.ToFrozenDictionary(pair => pair.Word, pair => pair.Type, StringComparer.Ordinal);

    /// <summary>Every word, for messages about a wrong one.</summary>
    public static IEnumerable<string> AllWords => Words.Select(pair => pair.Word);

    /// <summary>The word, such as <c>email.delivered</c>.</summary>
    public static string Word(this EventType type) => ByType[type];

    /// <summary>A recipient ends with this one: exactly one of them for each that was accepted.</summary>
    public static bool IsFinal(this EventType type) => type
        is EventType.Cancelled or EventType.Suppressed or EventType.Delivered or EventType.Bounced or EventType.Expired;

    /// <summary>The type of a word, with or without <c>email.</c> before it; false when there is none.</summary>
    public static bool TryParse(string word, out EventType type) =>
        ByWord.TryGetValue(word, out type) || ByWord.TryGetValue("email." + word, out type);
}
