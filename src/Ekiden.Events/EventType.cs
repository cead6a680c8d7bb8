namespace Ekiden.Events;

/// <summary>What happened: api.md §5. The numbers are on disk and never change.</summary>
public enum EventType : byte
{
    /// <summary>Durably queued.</summary>
    Accepted = 1,

    /// <summary>Accepted for a later time.</summary>
    Scheduled = 2,

    /// <summary>Cancelled before it was handed over.</summary>
    Cancelled = 3,

    /// <summary>Not sent: the address is on a list.</summary>
    Suppressed = 4,

    /// <summary>Not taken by us.</summary>
    Rejected = 5,

    /// <summary>Not now; tried again.</summary>
    Deferred = 6,

    /// <summary>The next host took it.</summary>
    Delivered = 7,

    /// <summary>Never: by a reply, or by a notice that came back later.</summary>
    Bounced = 8,

    /// <summary>The lifetime is over.</summary>
    Expired = 9,

    /// <summary>The recipient calls it spam.</summary>
    Complained = 10,

    /// <summary>The recipient wants no more of it.</summary>
    Unsubscribed = 11,

    /// <summary>Its picture was fetched.</summary>
    Opened = 12,

    /// <summary>A link in it was followed.</summary>
    Clicked = 13,

    /// <summary>How far a batch is.</summary>
    BatchProgress = 14,

    /// <summary>Every recipient of a batch has finished.</summary>
    BatchCompleted = 15,

    /// <summary>An address must not be mailed any more.</summary>
    SuppressionCreated = 16,

    /// <summary>It may be mailed again.</summary>
    SuppressionRemoved = 17,

    /// <summary>A sender domain was proved.</summary>
    DomainVerified = 18,

    /// <summary>A sender domain is not proved any more.</summary>
    DomainFailed = 19,

    /// <summary>One of our addresses is on a blocklist.</summary>
    IpListed = 20,

    /// <summary>It is off again.</summary>
    IpDelisted = 21,

    /// <summary>An address may send more from now on.</summary>
    IpWarmupAdvanced = 22,

    /// <summary>A receiving site was slowed down.</summary>
    DestinationThrottled = 23,

    /// <summary>Nothing is sent to a receiving site for a time.</summary>
    DestinationSuspended = 24,

    /// <summary>It is sent to again.</summary>
    DestinationResumed = 25,

    /// <summary>An account nears its quota.</summary>
    QuotaThreshold = 26,

    /// <summary>A webhook failed for so long that it is not called any more.</summary>
    WebhookDisabled = 27,
}
