using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Ekiden.Spool;

namespace Ekiden.Delivery.Attempts;

/// <summary>
/// One message on its way to the recipients that were claimed for one transaction. Ends with exactly one outcome for
/// each of them, given to <see cref="OutcomeRecorder"/>.
/// </summary>
internal sealed class Attempt(StoredMessage stored, ImmutableArray<QueuedRecipient> recipients) : IDisposable
{
    /// <summary>The message.</summary>
    public AcceptedMessage Message => stored.Message;

    /// <summary>Its content.</summary>
    public MessageContent Content => stored.Content;

    /// <summary>Header fields that are sent in front of the content; empty when nobody here signs it.</summary>
    public ReadOnlyMemory<byte> Signatures { get; init; }

    /// <summary>The claimed recipients, as the index knew them when they were claimed.</summary>
    public ImmutableArray<QueuedRecipient> Recipients { get; } = recipients;

    /// <summary>
    /// By the wall clock, when they were claimed: a message expires only if this is not before its time (M-R5).
    /// </summary>
    public required DateTimeOffset BegunAt { get; set; }

    /// <summary>The same by the monotonic clock, for the duration.</summary>
    public required long BegunTimestamp { get; init; }

    /// <summary>The fact that is on record before MAIL is said.</summary>
    public JournalEntry.AttemptStarted Started(string host) => new(Message.Id, Places(), BegunAt, host);

    /// <summary>The transaction to send.</summary>
    public OutgoingMessage ToOutgoing()
    {
        var envelope = Message.Envelope;
        return new OutgoingMessage(
            Message.ReturnPath ?? envelope.Sender, Addressees(envelope.Recipients),
            new PrefixedContent(Signatures, Content), Signatures.Length + Content.Length)
        {
            EightBit = envelope.EightBit,
            SmtpUtf8 = envelope.SmtpUtf8,
            RequireTls = envelope.RequireTls,
            Return = envelope.Return,
            EnvelopeId = envelope.EnvelopeId,
        };
    }

    /// <summary>The recipient of the envelope at a place of this attempt.</summary>
    public EnvelopeRecipient Addressee(int index) => Message.Envelope.Recipients[Recipients[index].Recipient];

    /// <summary>The places in the envelope.</summary>
    public ImmutableArray<int> Places()
    {
        if (Recipients.Length == 1) return [Recipients[0].Recipient];
        var places = ImmutableArray.CreateBuilder<int>(Recipients.Length);
        foreach (var recipient in Recipients) places.Add(recipient.Recipient);
        return places.MoveToImmutable();
    }

    /// <inheritdoc/>
    public void Dispose() => stored.Dispose();

    private EnvelopeRecipient[] Addressees(ImmutableArray<EnvelopeRecipient> all)
    {
        var chosen = new EnvelopeRecipient[Recipients.Length];
        for (var i = 0; i < chosen.Length; i++) chosen[i] = all[Recipients[i].Recipient];
        return chosen;
    }
}
