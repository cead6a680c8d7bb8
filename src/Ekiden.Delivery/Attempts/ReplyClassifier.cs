using Ekiden.Delivery.Providers;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Attempts;

/// <summary>What becomes of a recipient after what a receiving server did; replies are read by its provider's
/// pack.</summary>
internal static class ReplyClassifier
{
    /// <summary>The one outcome of a recipient whose transaction ended so.</summary>
    public static DeliveryOutcome Classify(RecipientResponse response, Provider provider) => response switch
    {
        RecipientResponse.Taken taken => new DeliveryOutcome.Delivered(taken.Reply),
        RecipientResponse.Refused refused => Refused(
            refused.Reply, provider.MeaningOf(refused.Phase, refused.Reply)),
        RecipientResponse.Broken broken => new DeliveryOutcome.Deferred(
            DeferralReason.ConnectionLost, Status(4, 4, 2), null, broken.Why, broken.AfterDot),
        RecipientResponse.Unsupported unsupported => new DeliveryOutcome.Failed(
            FailureReason.NotSupportedByPeer, MissingExtension(unsupported.Extension), null,
            $"the receiving server does not support {unsupported.Extension}"),
        _ => throw new InvalidOperationException($"no outcome for {response.GetType().Name}"),
    };

    /// <summary>Why a refusal defers, for the retry schedule.</summary>
    public static DeferralReason ReasonOf(ReplyMeaning meaning) => meaning.Retry switch
    {
        RetryAdvice.SameSource => DeferralReason.Greylisted,
        RetryAdvice.OtherSource => DeferralReason.Blocked,
        RetryAdvice.Schedule or RetryAdvice.Never => DeferralReason.Reply,
        _ => DeferralReason.Throttled,
    };

    /// <summary>
    /// The server took others of this transaction and has had enough of recipients: the rest goes in the next one at
    /// once. RFC 5321 §4.5.3.1.10: 452, and 552 from old servers.
    /// </summary>
    public static bool IsTooManyRecipients(SmtpPhase phase, SmtpReply reply) =>
        phase == SmtpPhase.Rcpt
        && (reply.Status is { Subject: 5, Detail: 3 }
            || (reply.Code is 452 or 552 && reply.Text.Contains("recipients", StringComparison.OrdinalIgnoreCase)));

    /// <summary>The status that notices show: the peer's when it fits its code, else x.0.0 (RFC 3463 §3.1).</summary>
    public static EnhancedStatus StatusOf(SmtpReply reply)
    {
        var digit = (byte)(reply.Code / 100);
        return reply.Status is { } status && status.Class == digit ? status : Status(digit, 0, 0);
    }

    /// <summary>
    /// The status of a deferral: a 5xx that is about us and not about the mail is one, too, and shows its status as the
    /// transient one (RFC 3463 §2 gives both the same details).
    /// </summary>
    public static EnhancedStatus TransientStatusOf(SmtpReply reply) =>
        StatusOf(reply) is var status && status.Class == 5 ? status with { Class = 4 } : status;

    private static DeliveryOutcome Refused(SmtpReply reply, ReplyMeaning meaning)
    {
        // A positive code where it has no meaning: nobody knows what the server did.
        if (reply.IsPositive) return Deferred(DeferralReason.ConnectionLost, Status(4, 5, 0), reply);
        // RFC 4954 §6: the server wants us to sign in first. A settings matter, not the recipient's.
        if (reply.Code == 530) return Deferred(DeferralReason.Local, Status(4, 7, 0), reply);
        return meaning.Retry is RetryAdvice.Never
            ? new DeliveryOutcome.Failed(FailureReason.Reply, StatusOf(reply), reply, "")
            : Deferred(ReasonOf(meaning), TransientStatusOf(reply), reply);
    }

    private static EnhancedStatus MissingExtension(string extension) => extension switch
    {
        "SMTPUTF8" => Status(5, 6, 7), // RFC 6531 §3.5
        "8BITMIME" => Status(5, 6, 3), // RFC 3463 §3.7
        "SIZE" => Status(5, 3, 4), // RFC 1870 §6.1
        "REQUIRETLS" => Status(5, 7, 30), // RFC 8689 §5
        _ => Status(5, 5, 0),
    };

    private static DeliveryOutcome.Deferred Deferred(DeferralReason reason, EnhancedStatus status, SmtpReply reply) =>
        new(reason, status, reply, "", MayBeDuplicated: false);

    private static EnhancedStatus Status(byte @class, short subject, short detail) => new(@class, subject, detail);
}
