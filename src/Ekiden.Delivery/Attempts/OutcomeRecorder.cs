using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Ekiden.Delivery.Bounces;
using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Providers;
using Ekiden.Delivery.Queue;
using Ekiden.Dns;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Ekiden.Spool;
using Microsoft.Extensions.Logging;

namespace Ekiden.Delivery.Attempts;

/// <summary>
/// Turns what an attempt met into each recipient's next state: one result per recipient, the next attempt's time,
/// expiry,
/// and the notices that are committed with it. Says it in the log when the journal has it: spool first.
/// </summary>
internal sealed partial class OutcomeRecorder(
    RetryPolicy retry, NoticePlanner notices, IResolver resolver, DeliveryMetrics metrics, ILogger logger)
{
    private static readonly string[] Phases = ["connect", "tls", "ehlo", "mail", "rcpt", "data", "eom"];

    /// <summary>The word for a phase: api.md §5.</summary>
    public static string Word(SmtpPhase phase) => Phases[(int)phase];

    /// <summary>The end of a transaction that was sent over <paramref name="connection"/>, to a provider.</summary>
    public ValueTask<Conclusion> ConcludeAsync(
        Attempt attempt, ISmtpConnection connection, IReadOnlyList<RecipientResponse> responses, Provider provider)
    {
        var details = Details(attempt, connection, PhaseOf(responses));
        var hasTaken = responses.Any(static response => response is RecipientResponse.Taken);
        var verdicts = new Verdict[responses.Count];
        for (var i = 0; i < verdicts.Length; i++)
        {
            // The server took as many as it wanted: the others are next.
            var isNext = hasTaken && responses[i] is RecipientResponse.Refused refused
                && ReplyClassifier.IsTooManyRecipients(refused.Phase, refused.Reply);
            verdicts[i] = new Verdict(ReplyClassifier.Classify(responses[i], provider), isNext ? TimeSpan.Zero : null);
        }
        return ConcludeAsync(attempt, details, verdicts, connection.SupportsDsn);
    }

    /// <summary>The end of an attempt that met the same for all of its recipients, without a transaction.</summary>
    public ValueTask<Conclusion> ConcludeAsync(Attempt attempt, Unsent unsent)
    {
        var verdicts = new Verdict[attempt.Recipients.Length];
        Array.Fill(verdicts, new Verdict(unsent.Outcome, unsent.RetryAfter));
        var details = new AttemptDetails(
            unsent.Host, unsent.HostAddress, "", "", false, unsent.Phase, retry.Clock.GetUtcNow() - unsent.BegunAt);
        return ConcludeAsync(attempt, details, verdicts, peerTellsSuccess: false);
    }

    /// <summary>The end of an attempt whose message must not go on the wire: held until somebody has looked
    /// (A-R5).</summary>
    public async ValueTask<Conclusion> HoldAsync(Attempt attempt, ISmtpConnection connection, string why)
    {
        Log.Held(logger, attempt.Message.Id, why);
        var outcome = Trouble(why);
        var verdicts = new Verdict[attempt.Recipients.Length];
        Array.Fill(verdicts, new Verdict(outcome));
        var conclusion = await ConcludeAsync(
            attempt, Details(attempt, connection, SmtpPhase.Mail), verdicts, peerTellsSuccess: false);
        var hold = new JournalEntry.Changed(
            attempt.Message.Id, conclusion.Attempted.At, QueueChange.Hold, attempt.Places(), default,
                "unsendable content");
        return conclusion with { Others = conclusion.Others.Add(hold) };
    }

    /// <summary>Recipients whose message could not be read from the disk: our trouble, so they wait.</summary>
    public JournalEntry.Attempted Unreadable(ImmutableArray<QueuedRecipient> recipients)
    {
        var now = retry.Clock.GetUtcNow();
        var outcome = Trouble("the message could not be read");
        var results = recipients.Select(recipient => new RecipientResult(
            recipient.Recipient, outcome, now + retry.NextDelay(DeferralReason.Local, recipient.Attempts + 1, null),
            recipient.Attempts + 1));
        return new JournalEntry.Attempted(
            recipients[0].Message, now, new AttemptDetails("", "", "", "", false, "connect", TimeSpan.Zero),
                [.. results]);
    }

    /// <summary>What is left when the spool has no room for the notices: the recipients are tried again, and told of
    /// then.</summary>
    public Conclusion WithoutNotices(Conclusion conclusion)
    {
        foreach (var entry in conclusion.Others)
        {
            if (entry is JournalEntry.Accepted notice) notice.Content.Dispose();
        }
        var at = conclusion.Attempted.At;
        var results = conclusion.Attempted.Results.Select(result => result.Outcome is DeliveryOutcome.Failed
            ? result with
            {
                Outcome = Trouble("the spool has no room for the notice"),
                NextAttempt = at + retry.NextDelay(DeferralReason.Local, result.Attempts, null),
            }
            : result);
        return conclusion with
        {
            Attempted = conclusion.Attempted with { Results = [.. results] },
            Others = [.. conclusion.Others.Where(static entry => entry is not JournalEntry.Accepted)],
        };
    }

    /// <summary>The facts are in the journal: one line per outcome, and the counters.</summary>
    public void Publish(Conclusion conclusion)
    {
        var (id, _, details, results) = conclusion.Attempted;
        metrics.Attempt(details.Duration);
        foreach (var result in results)
        {
            metrics.Outcome(result.Outcome);
            if (result.Outcome is DeliveryOutcome.Failed && conclusion.Message.Origin == MessageOrigin.Notice)
                metrics.NoticeDropped();
            if (!logger.IsEnabled(LogLevel.Information)) continue;
            var address = conclusion.Message.Envelope.Recipients[result.Recipient].Address;
            Write(id, address, result, details);
        }
        foreach (var entry in conclusion.Others)
        {
            if (entry is JournalEntry.Accepted notice) Log.Notice(logger, notice.Message.Id, id);
        }
    }

    // Results are never given up half-way: nothing cancels the notices about them.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Conclusion> ConcludeAsync(
        Attempt attempt, AttemptDetails details, Verdict[] verdicts, bool peerTellsSuccess)
    {
        var now = retry.Clock.GetUtcNow();
        // One draw for all: recipients of one message that are deferred together stay together.
        var jitter = retry.Draw();
        var results = ImmutableArray.CreateBuilder<RecipientResult>(verdicts.Length);
        for (var i = 0; i < verdicts.Length; i++)
            results.Add(Settle(attempt, attempt.Recipients[i], verdicts[i], now, jitter));
        var attempted = new JournalEntry.Attempted(attempt.Message.Id, now, details, results.MoveToImmutable());
        var told = await notices.PlanAsync(attempt, attempted, peerTellsSuccess, CancellationToken.None);
        return new Conclusion(attempt.Message, attempted, told);
    }

    private RecipientResult Settle(
        Attempt attempt, QueuedRecipient recipient, Verdict verdict, DateTimeOffset now, double jitter)
    {
        var attempts = recipient.Attempts + 1;
        if (verdict.Outcome is not DeliveryOutcome.Deferred deferred)
            return new RecipientResult(recipient.Recipient, verdict.Outcome, default, attempts);
        if (IsExpired(attempt, deferred))
            return new RecipientResult(recipient.Recipient, Expired(deferred), default, attempts);
        var delay = verdict.RetryAfter ?? retry.NextDelay(deferred.Reason, attempts, deferred.Reply, jitter);
        var next = now + delay;
        // The last attempt is made when the lifetime is over, and a late message is late on time.
        next = NotPast(next, attempt.Message.ExpiresAt, now);
        if (notices.LateAt(attempt.Message, attempt.Message.Envelope.Recipients[recipient.Recipient]) is { } lateAt)
            next = NotPast(next, lateAt, now);
        return new RecipientResult(recipient.Recipient, deferred, next, attempts);
    }

    // M-R5: only an attempt begun after the time is over ends a recipient; I-R3: not while we cannot resolve names.
    private bool IsExpired(Attempt attempt, DeliveryOutcome.Deferred deferred) =>
        attempt.BegunAt >= attempt.Message.ExpiresAt
        && !(deferred.Reason == DeferralReason.Dns && resolver.IsDown);

    // RFC 3463 §3.5: the status of the actual problem says more than 4.4.7.
    private static DeliveryOutcome.Failed Expired(DeliveryOutcome.Deferred last) =>
        new(FailureReason.Expired, last.Status, last.Reply, last.Text);

    // The index rounds to 100 ms: a little later, so that the attempt does not begin before its time.
    private static DateTimeOffset NotPast(DateTimeOffset next, DateTimeOffset limit, DateTimeOffset now) =>
        next > limit && now < limit ? limit + TimeSpan.FromMilliseconds(100) : next;

    private AttemptDetails Details(Attempt attempt, ISmtpConnection connection, SmtpPhase phase)
    {
        var target = connection.Target;
        return new AttemptDetails(
            target.HostName, target.Address.Address.ToString(), connection.SourceAddress, connection.TlsProtocol,
            connection.TlsVerified, Word(phase), retry.Clock.GetElapsedTime(attempt.BegunTimestamp));
    }

    // A transaction in which one recipient was taken went all the way.
    private static SmtpPhase PhaseOf(IReadOnlyList<RecipientResponse> responses)
    {
        var last = SmtpPhase.Connect;
        for (var i = 0; i < responses.Count; i++)
        {
            var phase = responses[i] switch
            {
                RecipientResponse.Taken => SmtpPhase.Eom,
                RecipientResponse.Refused refused => refused.Phase,
                RecipientResponse.Broken broken => broken.Phase,
                _ => SmtpPhase.Ehlo,
            };
            if (phase > last) last = phase;
        }
        return last;
    }

    private static DeliveryOutcome.Deferred Trouble(string text) =>
        new(DeferralReason.Local, new EnhancedStatus(4, 3, 0), null, text, MayBeDuplicated: false);

    private void Write(MessageId id, Mailbox recipient, RecipientResult result, AttemptDetails details)
    {
        var milliseconds = (long)details.Duration.TotalMilliseconds;
        // Without a route there is no host: its domain says where it should have gone.
        var host = details.Host.Length > 0 ? details.Host : recipient.Domain;
        switch (result.Outcome)
        {
            case DeliveryOutcome.Delivered delivered:
                Log.Delivered(logger, id, recipient, host, details.HostAddress, milliseconds,
                    result.Attempts, delivered.Reply);
                break;
            case DeliveryOutcome.Deferred deferred:
                Log.Deferred(
                    logger, id, recipient, host, details.Phase, milliseconds, result.Attempts, deferred.Reason,
                    deferred.Status, Words(deferred.Reply, deferred.Text), result.NextAttempt,
                        deferred.MayBeDuplicated);
                break;
            case DeliveryOutcome.Failed failed:
                Log.Failed(
                    logger, id, recipient, host, details.Phase, milliseconds, result.Attempts, failed.Reason,
                    failed.Status, Words(failed.Reply, failed.Text));
                break;
            default:
                throw new InvalidOperationException($"no words for {result.Outcome.GetType().Name}");
        }
    }

    private static string Words(SmtpReply? reply, string text) =>
        reply is null ? text : text.Length == 0 ? reply.ToString() : $"{reply} ({text})";

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information,
            "delivered {MessageId} to {Recipient} by {Host} ({Address}) in {Milliseconds} ms, "
            + "attempt {Attempt}: {Reply}")]
        public static partial void Delivered(
            ILogger logger, MessageId messageId, Mailbox recipient, string host, string address, long milliseconds,
            int attempt, SmtpReply reply);

        [LoggerMessage(LogLevel.Information,
            "deferred {MessageId} to {Recipient} by {Host} at {Phase} in {Milliseconds} ms, attempt {Attempt}: "
            + "{Reason} {Status} {Reply}; next {NextAttempt:O}, possible duplicate {PossibleDuplicate}")]
        public static partial void Deferred(
            ILogger logger, MessageId messageId, Mailbox recipient, string host, string phase, long milliseconds,
            int attempt, DeferralReason reason, EnhancedStatus status, string reply, DateTimeOffset nextAttempt,
            bool possibleDuplicate);

        [LoggerMessage(LogLevel.Information,
            "failed {MessageId} to {Recipient} by {Host} at {Phase} in {Milliseconds} ms, attempt {Attempt}: "
            + "{Reason} {Status} {Reply}")]
        public static partial void Failed(
            ILogger logger, MessageId messageId, Mailbox recipient, string host, string phase, long milliseconds,
            int attempt, FailureReason reason, EnhancedStatus status, string reply);

        [LoggerMessage(LogLevel.Information, "notice {NoticeId} about {MessageId}")]
        public static partial void Notice(ILogger logger, MessageId noticeId, MessageId messageId);

        [LoggerMessage(LogLevel.Critical, "held {MessageId}: it must not go on the wire: {Why}")]
        public static partial void Held(ILogger logger, MessageId messageId, string why);
    }
}
