using System.Collections.Immutable;
using Ekiden.Delivery.Attempts;
using Ekiden.Delivery.Providers;
using Ekiden.Mail;
using Ekiden.Mail.Dsn;
using Ekiden.Smtp.Client;
using Ekiden.Spool;

namespace Ekiden.Delivery.Bounces;

/// <summary>Puts a notice into words: what happened to whom, and how much of the message is returned.</summary>
internal sealed class NoticeWriter(string hostName)
{
    /// <summary>The notice that tells a story.</summary>
    public Notice Write(NoticeStory story, DsnLanguage language)
    {
        var (attempt, attempted, about) = story;
        var message = attempt.Message;
        var envelope = message.Envelope;
        var sender = envelope.Sender ?? throw new InvalidOperationException(
            "Nobody is told of mail with the null sender.");
        var built = DsnBuilder.Build(new DsnNotice
        {
            Id = story.Id,
            About = message.Id,
            To = sender,
            HostName = hostName,
            ArrivedAt = message.AcceptedAt,
            At = attempted.At,
            Recipients = [.. about.Select(index => Describe(story, index))],
            // Enough for the whole header block, and for a message that is returned whole.
            Original = attempt.Content.Head(DsnBuilder.MaxReturned),
            IsOriginalComplete = attempt.Content.Length <= DsnBuilder.MaxReturned,
            // RFC 8689 §5: the way back may have no TLS, so the content stays here.
            Return = envelope.RequireTls ? DsnReturn.Headers : envelope.Return,
            EnvelopeId = envelope.EnvelopeId,
            SmtpUtf8 = envelope.SmtpUtf8,
            Language = language,
        });
        return new Notice(story.Id, message, story.Kind, built.Content)
        {
            To = sender,
            ExpiresAt = story.ExpiresAt,
            SmtpUtf8 = built.SmtpUtf8,
            EightBit = built.EightBit,
        };
    }

    private static DsnRecipient Describe(NoticeStory story, int index)
    {
        var recipient = story.Attempt.Addressee(index);
        var details = story.Attempted.Details;
        var (action, status, reply, text) = story.Attempted.Results[index].Outcome switch
        {
            DeliveryOutcome.Failed f => (DsnAction.Failed, f.Status, f.Reply, f.Text),
            DeliveryOutcome.Deferred d => (DsnAction.Delayed, d.Status, d.Reply, d.Text),
            // Handed to a server that tells nothing more: RFC 3461 §5.2.2.
            DeliveryOutcome.Delivered d => (DsnAction.Relayed, ReplyClassifier.StatusOf(d.Reply), d.Reply, ""),
            var other => throw new InvalidOperationException($"no words for {other.GetType().Name}"),
        };
        return new DsnRecipient(recipient.Address, action, status)
        {
            OriginalRecipient = recipient.OriginalRecipient,
            RemoteMta = details.Host.Length == 0 ? null : details.Host,
            Reply = reply,
            Text = text,
            Sentence = reply is null ? null : SentenceOf(reply, recipient.Address, details),
            LastAttempt = story.Attempted.At,
            WillRetryUntil = action == DsnAction.Delayed ? story.Attempt.Message.ExpiresAt : null,
        };
    }

    // A server's own words say more than its status: «user unknown» at the end of the mail is a filter.
    private static PlainSentence? SentenceOf(SmtpReply reply, Mailbox recipient, AttemptDetails details)
    {
        var phase = Enum.TryParse<SmtpPhase>(details.Phase, ignoreCase: true, out var known) ? known : SmtpPhase.Rcpt;
        var provider = ProviderPacks.BuiltIn.Find(recipient.Domain, details.Host.Length == 0 ? [] : [details.Host]);
        return ReplySentences.Of(provider.MeaningOf(phase, reply).Class);
    }
}

/// <summary>What a notice tells.</summary>
/// <param name="Attempt">The attempt that ended, its content still open.</param>
/// <param name="Attempted">Its results.</param>
/// <param name="About">The places in the attempt of those it is about.</param>
internal sealed record NoticeStory(Attempt Attempt, JournalEntry.Attempted Attempted, ImmutableArray<int> About)
{
    /// <summary>The notice's id.</summary>
    public required MessageId Id { get; init; }

    /// <summary>What it says.</summary>
    public required NoticeKind Kind { get; init; }

    /// <summary>When it is given up.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}
