namespace Ekiden.Mail;

/// <summary>What became of one recipient in one attempt. Every attempt ends in exactly one of these.</summary>
public abstract record DeliveryOutcome
{
    private DeliveryOutcome() { } // closed: every case is below

    /// <summary>The next host answered 2xx to the end of DATA, and so took responsibility: RFC 5321 §4.2.5.</summary>
    public sealed record Delivered(SmtpReply Reply) : DeliveryOutcome;

    /// <summary>Not now: the recipient goes back to the queue.</summary>
    /// <param name="Reason">Why; chooses the retry schedule.</param>
    /// <param name="Status">The enhanced status that notices and events show, such as 4.4.3.</param>
    /// <param name="Reply">The peer's words; null when no peer spoke.</param>
    /// <param name="Text">What happened in plain words when no peer spoke; empty otherwise.</param>
    /// <param name="MayBeDuplicated">The connection broke after the final dot, before its reply: RFC 1047.</param>
    public sealed record Deferred(
        DeferralReason Reason, EnhancedStatus Status, SmtpReply? Reply, string Text, bool MayBeDuplicated)
        : DeliveryOutcome;

    /// <summary>Never: the sender is told.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Status">The enhanced status that notices and events show, such as 5.1.1.</param>
    /// <param name="Reply">The peer's words; null when no peer spoke.</param>
    /// <param name="Text">What happened in plain words when no peer spoke; empty otherwise.</param>
    public sealed record Failed(
        FailureReason Reason, EnhancedStatus Status, SmtpReply? Reply, string Text) : DeliveryOutcome;
}

/// <summary>Why a recipient waits for another attempt.</summary>
public enum DeferralReason : byte
{
    /// <summary>The peer answered 4xx to this recipient or message.</summary>
    Reply,

    /// <summary>The peer's 4xx reads like greylisting.</summary>
    Greylisted,

    /// <summary>The peer limits rate or connections (421, 4.7.x, "too many").</summary>
    Throttled,

    /// <summary>No connection to any host of the route.</summary>
    NoConnection,

    /// <summary>The connection broke, or a reply could not be understood.</summary>
    ConnectionLost,

    /// <summary>The name service gave no usable answer: never a reason to give up.</summary>
    Dns,

    /// <summary>The TLS level that the route asks for could not be reached.</summary>
    Tls,

    /// <summary>Our own trouble: disk, memory, settings.</summary>
    Local,

    /// <summary>The peer refuses the address we send from: the mail waits for it, or for another source.</summary>
    Blocked,
}

/// <summary>Why a recipient failed for good.</summary>
public enum FailureReason : byte
{
    /// <summary>The peer answered 5xx.</summary>
    Reply,

    /// <summary>The domain does not exist, or says that it takes no mail (RFC 7505).</summary>
    NoSuchDomain,

    /// <summary>The route leads to ourselves or to a prohibited address.</summary>
    ProhibitedTarget,

    /// <summary>The lifetime is over, after a last attempt.</summary>
    Expired,

    /// <summary>The next host cannot take this kind of message (SMTPUTF8, 8BITMIME, SIZE, REQUIRETLS).</summary>
    NotSupportedByPeer,
}
