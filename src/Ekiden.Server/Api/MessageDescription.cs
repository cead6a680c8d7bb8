using System.Collections.Immutable;
using Ekiden.Contracts;
using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Server.Api;

/// <summary>A message and its recipients as the API shows them: where each stands, and why it waits.</summary>
internal static class MessageDescription
{
    public static MessageResponse Of(
        IJournal journal, TimeProvider clock, AcceptedMessage message, ImmutableArray<QueuedRecipient> recipients) =>
        new(
            message.Id.ToString(), message.Account, message.Stream, message.Envelope.Sender?.ToString(),
            message.AcceptedAt, message.ExpiresAt,
            [.. recipients.Select(recipient => Of(journal, clock, message, recipient))])
        {
            BatchId = message.Batch?.ToString(),
            SendAt = message.NotBefore,
            Tags = message.Tags.IsEmpty ? null : message.Tags,
            Metadata = message.Metadata.IsEmpty ? null : message.Metadata,
        };

    public static QueuedRecipientResponse Of(
        IJournal journal, TimeProvider clock, AcceptedMessage message, QueuedRecipient recipient)
    {
        var address = message.Envelope.Recipients[recipient.Recipient].Address;
        return new QueuedRecipientResponse
        {
            Id = message.Id.Recipient(recipient.Recipient).ToString(),
            MessageId = message.Id.ToString(),
            Recipient = address.ToString(),
            Domain = address.Domain,
            State = Word(recipient),
            Due = recipient.Due,
            Attempts = recipient.Attempts,
            LastReply = LastWords(journal, recipient),
            LastReason = recipient.LastReason is { } reason ? QueueQuery.Word(reason) : null,
            Account = message.Account,
            Stream = message.Stream,
            AgeSeconds = (long)(clock.GetUtcNow() - message.AcceptedAt).TotalSeconds,
        };
    }

    private static string Word(in QueuedRecipient recipient) => recipient.State switch
    {
        RecipientState.InAttempt => "active",
        RecipientState.Held => "held",
        RecipientState.Waiting => recipient.Attempts > 0 ? "deferred" : "waiting",
        RecipientState.Delivered => "delivered",
        RecipientState.Failed => "failed",
        RecipientState.Expired => "expired",
        RecipientState.Cancelled => "cancelled",
        _ => "suppressed",
    };

    // The peer's reply, or what happened where there was none.
    private static string? LastWords(IJournal journal, in QueuedRecipient recipient) =>
        journal.LastOutcome(recipient) switch
        {
            DeliveryOutcome.Deferred deferred => deferred.Reply?.ToString() ?? deferred.Text,
            DeliveryOutcome.Failed failed => failed.Reply?.ToString() ?? failed.Text,
            _ => null,
        };
}
