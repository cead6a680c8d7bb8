using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Attempts;

/// <summary>
/// What a receiving server's answer means for a recipient. The first form: code, enhanced status and a few words that
/// most servers use.
/// </summary>
internal static class ReplyClassifier
{
    private static readonly string[] GreylistWords = ["greylist", "graylist", "grey-list", "gray-list", "grey list"];

    private static readonly string[] ThrottleWords =
    [
        "too many", "rate limit", "ratelimit", "rate-limit", "throttl", "too fast", "too much mail",
        "exceeded the rate",
        "limit exceeded", "slow down",
    ];

    /// <summary>The one outcome of a recipient whose transaction ended so.</summary>
    public static DeliveryOutcome Classify(RecipientResponse response) => response switch
    {
        RecipientResponse.Taken taken => new DeliveryOutcome.Delivered(taken.Reply),
        RecipientResponse.Refused refused => Refused(refused.Phase, refused.Reply),
        RecipientResponse.Broken broken => new DeliveryOutcome.Deferred(
            DeferralReason.ConnectionLost, Status(4, 4, 2), null, broken.Why, broken.AfterDot),
        RecipientResponse.Unsupported unsupported => new DeliveryOutcome.Failed(
            FailureReason.NotSupportedByPeer, MissingExtension(unsupported.Extension), null,
            $"the receiving server does not support {unsupported.Extension}"),
        _ => throw new InvalidOperationException($"no outcome for {response.GetType().Name}"),
    };

    /// <summary>Why a 4xx reply defers, for the retry schedule.</summary>
    public static DeferralReason ReasonOf(SmtpReply reply)
    {
        if (ContainsAny(reply.Text, GreylistWords)) return DeferralReason.Greylisted;
        // 421: RFC 5321 §4.2.3, the channel closes; 4.7.x: policy, which for a 4xx is nearly always a rate (delivery.md
        // A3); 4.4.5: congestion (RFC 3463 §3.5); 4.5.3: too many recipients.
        var isThrottle = reply.Code == 421
            || reply.Status is { Class: 4, Subject: 7 } or { Class: 4, Subject: 4, Detail: 5 }
            || ContainsAny(reply.Text, ThrottleWords);
        return isThrottle ? DeferralReason.Throttled : DeferralReason.Reply;
    }

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

    private static DeliveryOutcome Refused(SmtpPhase phase, SmtpReply reply)
    {
        if (reply.IsTransient) return Deferred(ReasonOf(reply), StatusOf(reply), reply);
        if (IsTooManyRecipients(phase, reply)) return Deferred(DeferralReason.Throttled, Status(4, 5, 3), reply);
        // RFC 4954 §6: the server wants us to sign in first. A settings matter, not the recipient's.
        if (reply.Code == 530) return Deferred(DeferralReason.Local, Status(4, 7, 0), reply);
        if (reply.IsPermanent) return new DeliveryOutcome.Failed(FailureReason.Reply, StatusOf(reply), reply, "");
        // A positive code where it has no meaning: nobody knows what the server did.
        return Deferred(DeferralReason.ConnectionLost, Status(4, 5, 0), reply);
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

    private static bool ContainsAny(string text, string[] words)
    {
        foreach (var word in words)
        {
            if (text.Contains(word, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }
}
