using Ekiden.Events.Storage;
using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Events.Projection;

/// <summary>What an attempt's result says in the words of api.md §5.</summary>
internal sealed class OutcomeRows(IReplyReader replies)
{
    private const int MostProviders = 10_000;

    private readonly Dictionary<(string Domain, string Host), string> _providers = [];

    /// <summary>Who receives for a domain.</summary>
    public string ProviderOf(string domain, string host)
    {
        if (_providers.TryGetValue((domain, host), out var provider)) return provider;
        if (_providers.Count >= MostProviders) _providers.Clear();
        provider = replies.ProviderOf(domain, host);
        _providers.Add((domain, host), provider);
        return provider;
    }

    /// <summary>The row, without what the message says.</summary>
    public EventRow Of(JournalEntry.Attempted attempted, RecipientResult result, string domain)
    {
        var details = attempted.Details;
        var row = new EventRow
        {
            Type = TypeOf(result.Outcome),
            At = attempted.At,
            Place = result.Recipient,
            Attempt = result.Attempts,
            AttemptMilliseconds = (long)details.Duration.TotalMilliseconds,
            Phase = details.Phase,
            Peer = new EventPeer(details.Host, details.HostAddress, details.SourceAddress, details.Tls).ToText(),
            Provider = ProviderOf(domain, details.Host),
        };
        return result.Outcome switch
        {
            DeliveryOutcome.Delivered delivered => row with
            {
                ReplyCode = delivered.Reply.Code,
                EnhancedStatus = delivered.Reply.Status?.ToString(),
                Text = SafeText.Of(delivered.Reply.ToString()),
            },
            DeliveryOutcome.Deferred deferred => row with
            {
                NextAttempt = result.NextAttempt,
                Flags = deferred.MayBeDuplicated ? EventFlags.PossibleDuplicate : EventFlags.None,
                ReplyCode = deferred.Reply?.Code,
                EnhancedStatus = deferred.Status.ToString(),
                Text = Words(deferred.Reply, deferred.Text),
                Class = ClassOf(attempted, domain, deferred.Reply, ClassOf(deferred.Reason)),
            },
            DeliveryOutcome.Failed failed => row with
            {
                ReplyCode = failed.Reply?.Code,
                EnhancedStatus = failed.Status.ToString(),
                Text = Words(failed.Reply, failed.Text),
                Class = failed.Reason == FailureReason.Expired
                    ? "expired"
                    : ClassOf(attempted, domain, failed.Reply, ClassOf(failed)),
            },
            _ => throw new InvalidOperationException($"no event for {result.Outcome.GetType().Name}"),
        };
    }

    private static EventType TypeOf(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Delivered => EventType.Delivered,
        DeliveryOutcome.Deferred => EventType.Deferred,
        DeliveryOutcome.Failed { Reason: FailureReason.Expired } => EventType.Expired,
        _ => EventType.Bounced,
    };

    private string ClassOf(JournalEntry.Attempted attempted, string domain, SmtpReply? reply, string otherwise) =>
        reply is null
            ? otherwise
            : replies.ClassOf(domain, attempted.Details.Host, attempted.Details.Phase, reply);

    private static string ClassOf(DeferralReason reason) => reason switch
    {
        DeferralReason.NoConnection or DeferralReason.ConnectionLost or DeferralReason.Dns => "network_error",
        DeferralReason.Tls => "security_error",
        DeferralReason.Local => "system_error",
        DeferralReason.Throttled => "speeding",
        DeferralReason.Blocked => "blocked",
        _ => "undefined",
    };

    // A null MX (RFC 7505) has a status of its own: RFC 7505 §4.
    private static string ClassOf(DeliveryOutcome.Failed failed) => failed.Reason switch
    {
        FailureReason.NoSuchDomain =>
            failed.Status is { Subject: 1, Detail: 10 } or { Subject: 7, Detail: 27 } ? "not_accept" : "host_unknown",
        FailureReason.ProhibitedTarget => "network_error",
        FailureReason.NotSupportedByPeer => "not_compliant_rfc",
        _ => "undefined",
    };

    private static string? Words(SmtpReply? reply, string text) =>
        SafeText.Of(reply?.ToString() ?? text) is { Length: > 0 } words ? words : null;
}
