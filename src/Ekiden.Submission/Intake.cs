using System.Collections.Immutable;
using Ekiden.Directory;
using Ekiden.Directory.Suppressions;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.Extensions.Logging;

namespace Ekiden.Submission;

/// <summary>
/// The one door in: SMTP, HTTP and our own notices enter here. A list of named steps; a message passes all of them and
/// is committed, or is refused and leaves nothing behind.
/// </summary>
/// <remarks>
/// A session asks <see cref="CheckSender"/> and <see cref="CheckRecipient"/> early, so that a client hears of a refusal
/// at once; <see cref="AcceptAsync"/> asks them again, so that no door can forget one.
/// </remarks>
public sealed partial class Intake(
    IJournal journal, AccountDirectory directory, IntakeOptions options, TimeProvider clock, ILogger<Intake> logger)
{
    private readonly AccountQuotas _quotas = new(clock);
    private volatile IntakeOptions _options = options;

    /// <summary>The disk has no room: reliability M-R3.</summary>
    public static Refusal NoRoom { get; } =
        Refusal.Of(452, "4.3.1", "Insufficient system storage", "queue_full");

    /// <summary>Who must not be mailed; null: nobody is on a list.</summary>
    public SuppressionList? Suppressions { get; init; }

    /// <summary>The settings in force.</summary>
    public IntakeOptions Options => _options;

    /// <summary>Takes new settings; messages already inside the door keep the old ones.</summary>
    public void Reconfigure(IntakeOptions changed) => _options = changed;

    /// <summary>Room for a message to come, or why there is none.</summary>
    public (ReceivedContent? Content, Refusal? Refusal) Begin(long expectedSize)
    {
        if (journal.RefusesNewMail(expectedSize) is { } why)
        {
            Log.NoRoom(logger, why);
            return (null, NoRoom);
        }
        return (new ReceivedContent(journal.NewContent(expectedSize)), null);
    }

    /// <summary>
    /// As <see cref="Begin"/> for a notice: it is about mail that is ours already, and may use the disk's reserve.
    /// </summary>
    public ReceivedContent BeginNotice(long size) => new(journal.NewContent(size));

    /// <summary>May this client send from this address? Null is yes.</summary>
    public Refusal? CheckSender(MailClient client, Mailbox? sender, long declaredSize) =>
        CheckCredential(client)
        ?? (journal.RefusesNewMail(declaredSize) is null ? null : NoRoom)
        ?? SenderPolicy.CheckEnvelope(client, sender, directory.Current);

    /// <summary>May this client send to this address? Null is yes.</summary>
    public Refusal? CheckRecipient(MailClient client, Mailbox recipient) =>
        CheckCredential(client) ?? RecipientPolicy.Check(client, recipient, _options);

    /// <summary>
    /// Takes a whole message, or refuses it. Disposes nothing: the caller owns the content until it is accepted.
    /// </summary>
    /// <exception cref="JournalFailedException">The disk failed: nobody knows whether the message is
    /// stored.</exception>
    public async ValueTask<IntakeResult> AcceptAsync(IncomingMessage incoming, CancellationToken cancel)
    {
        var (prepared, refusal) = Prepare(incoming);
        if (prepared is null) return new IntakeResult.Refused(refusal!); // Prepare returns exactly one of the two
        return await CommitAsync([prepared], cancel) is { } noRoom
            ? new IntakeResult.Refused(noRoom)
            : new IntakeResult.Accepted(prepared.Message.Id, prepared.Message.Stream)
            {
                NotBefore = prepared.Message.NotBefore,
            };
    }

    /// <summary>
    /// All steps but the commit: the message is described and completed, or refused. Nothing is ours yet; what quotas
    /// allow is used up.
    /// </summary>
    public (PreparedMessage? Message, Refusal? Refusal) Prepare(IncomingMessage incoming)
    {
        var current = _options;
        var header = MessageHeader.Read(incoming.Body.Content);
        var refusal = CheckWhole(incoming, header, current) ?? TakeQuota(incoming.Client);
        if (refusal is not null)
        {
            Log.Refused(logger, refusal.Reply, incoming.Client.Account, incoming.Client.Session);
            return (null, refusal);
        }
        var message = Describe(incoming, incoming.Id ?? MessageId.Create(clock), header, current);
        incoming.Body.Content.SetPrefix(HeaderCompletion.Complete(incoming, message, header, current));
        var accepted = new JournalEntry.Accepted(message, incoming.Body.Content);
        return (new PreparedMessage(message, Entries(accepted, IsSimulated(incoming)), incoming.Client.Session), null);
    }

    // Recipients on a list end in the commit that takes the message: accepted, told of, and never tried (api.md §2).
    private ImmutableArray<JournalEntry> Entries(JournalEntry.Accepted accepted, bool isSimulated)
    {
        var message = accepted.Message;
        var suppressed = SuppressedIn(message);
        var entries = ImmutableArray.CreateBuilder<JournalEntry>(1);
        entries.Add(accepted);
        if (!suppressed.IsEmpty)
        {
            entries.Add(new JournalEntry.Changed(
                message.Id, message.AcceptedAt, QueueChange.Suppress, suppressed, message.AcceptedAt, "suppression"));
        }
        if (Simulation.Conclude(message, isSimulated) is { } ended)
        {
            var others = ended.Results.RemoveAll(result => suppressed.Contains(result.Recipient));
            if (!others.IsEmpty) entries.Add(ended with { Results = others });
        }
        return entries.DrainToImmutable();
    }

    private ImmutableArray<int> SuppressedIn(AcceptedMessage message)
    {
        if (Suppressions is not { IsEmpty: false } list) return [];
        if (message.Origin is MessageOrigin.Inbound or MessageOrigin.Notice) return [];
        var places = ImmutableArray.CreateBuilder<int>();
        var recipients = message.Envelope.Recipients;
        for (var place = 0; place < recipients.Length; place++)
        {
            if (list.Find(message.Account, message.Stream, recipients[place].Address) is not null) places.Add(place);
        }
        return places.DrainToImmutable();
    }

    /// <summary>
    /// A message that was promised already and that cannot go: it is taken, and has failed, in one commit.
    /// </summary>
    public PreparedMessage PrepareFailed(IncomingMessage incoming, Refusal why)
    {
        var current = _options;
        var header = MessageHeader.Read(incoming.Body.Content);
        var message = Describe(incoming, incoming.Id ?? MessageId.Create(clock), header, current);
        var outcome = new DeliveryOutcome.Failed(
            FailureReason.Reply, new EnhancedStatus(5, 6, 0), null, why.Reply.Text);
        var ended = new JournalEntry.Attempted(
            message.Id, message.AcceptedAt, new AttemptDetails("", "", "", "", false, "connect", TimeSpan.Zero),
            [.. message.Envelope.Recipients.Select((_, place) => new RecipientResult(place, outcome, default, 0))]);
        return new PreparedMessage(
            message, [new JournalEntry.Accepted(message, incoming.Body.Content), ended], incoming.Client.Session);
    }

    /// <summary>Would the message be taken, quotas apart? Null is yes.</summary>
    public Refusal? CheckWhole(IncomingMessage incoming) =>
        CheckWhole(incoming, MessageHeader.Read(incoming.Body.Content), _options);

    private Refusal? CheckWhole(IncomingMessage incoming, MessageHeader header, IntakeOptions current) =>
        CheckSender(incoming.Client, incoming.Envelope.Sender, incoming.Body.Content.Length)
        ?? CheckRecipients(incoming, current)
        ?? HeaderPolicy.Check(incoming.Client, header, current, directory.Current)
        ?? CheckStream(incoming, current);

    /// <summary>Messages become ours, all or none; null when they are, else why there is no room.</summary>
    /// <exception cref="JournalFailedException">The disk failed: nobody knows whether they are stored.</exception>
    public async ValueTask<Refusal?> CommitAsync(ImmutableArray<PreparedMessage> messages, CancellationToken cancel)
    {
        var entries = messages is [var only] ? only.Entries : [.. messages.SelectMany(message => message.Entries)];
        try
        {
            await journal.CommitAsync(entries, Durability.Flushed, cancel);
        }
        catch (SpoolFullException full)
        {
            Log.NoRoom(logger, full.Message);
            return NoRoom;
        }
        foreach (var (message, _, session) in messages)
        {
            IntakeMetrics.Accepted(message);
            Log.Accepted(
                logger, message.Id, message.Origin, message.Account, message.Envelope.Sender?.ToString() ?? "<>",
                message.Envelope.Recipients.Length, session);
        }
        return null;
    }

    /// <summary>
    /// A notice of our own, ready to be committed together with the outcome that it is about: it takes the same steps
    /// as any mail, so it is described and completed alike.
    /// </summary>
    /// <param name="incoming">From the null sender, with origin <see cref="MessageOrigin.Notice"/>.</param>
    /// <param name="id">Derived from what it is about, so that a crash cannot make two.</param>
    /// <param name="about">The message it is about.</param>
    public JournalEntry.Accepted PrepareNotice(IncomingMessage incoming, MessageId id, MessageId about)
    {
        var current = _options;
        var header = MessageHeader.Read(incoming.Body.Content);
        var message = Describe(incoming, id, header, current) with { NoticeAbout = about };
        incoming.Body.Content.SetPrefix(HeaderCompletion.Complete(incoming, message, header, current));
        IntakeMetrics.Accepted(message);
        Log.NoticeReady(logger, id, about, message.Account);
        return new JournalEntry.Accepted(message, incoming.Body.Content);
    }

    private bool IsSimulated(IncomingMessage incoming) => incoming.IsSimulated
        || (incoming.Client.Key is { } key && directory.Current.FindKey(key)?.Scopes.HasFlag(KeyScopes.Test) == true);

    // G-R8: a revoked key or a suspended account ends an open session at its next command; after a 421 it is closed.
    private Refusal? CheckCredential(MailClient client)
    {
        if (client.Key is not null)
        {
            return directory.Current.IsUsable(client.Key)
                ? null
                : Refusal.Of(421, "4.7.0", "The key is revoked, expired, or its account is suspended", "unauthorized");
        }
        return IsSuspended(client) ? Refusal.Of(550, "5.7.1", "The account is suspended", "forbidden") : null;
    }

    // Mail from outside, and notices about mail accepted before, are not the account's doing.
    private bool IsSuspended(MailClient client) =>
        client.Origin is not (MessageOrigin.Inbound or MessageOrigin.Notice)
        && directory.Current.FindAccount(client.Account) is { Status: AccountStatus.Suspended };

    private static Refusal? CheckRecipients(IncomingMessage incoming, IntakeOptions current)
    {
        foreach (var recipient in incoming.Envelope.Recipients)
        {
            if (RecipientPolicy.Check(incoming.Client, recipient.Address, current) is { } refusal) return refusal;
        }
        return null;
    }

    private static Refusal? CheckStream(IncomingMessage incoming, IntakeOptions current) =>
        incoming.Stream is null || current.Streams.ContainsKey(incoming.Stream)
            ? null
            : Refusal.Of(550, "5.6.0", "There is no such stream", "invalid_request");

    // What outsiders send does not use up an account's quota.
    private Refusal? TakeQuota(MailClient client) =>
        client.Origin == MessageOrigin.Inbound
        || directory.Current.FindAccount(client.Account) is not { } account
        || _quotas.TryTake(account)
            ? null
            : Refusal.Of(451, "4.7.1", "The account's quota is used up for now", "quota_exceeded");

    private AcceptedMessage Describe(
        IncomingMessage incoming, MessageId id, MessageHeader header, IntakeOptions current)
    {
        var now = clock.GetUtcNow();
        var notBefore = incoming.SendAt > now ? incoming.SendAt : null;
        var expiresAt = (notBefore ?? now) + Lifetime(incoming, current);
        return new AcceptedMessage
        {
            Id = id,
            AcceptedAt = now,
            Envelope = WithPostmaster(incoming.Envelope, current),
            Origin = incoming.Client.Origin,
            Account = incoming.Client.Account,
            Stream = incoming.Stream ?? "transactional",
            NotBefore = notBefore,
            ExpiresAt = expiresAt,
            Tags = incoming.Tags,
            Metadata = incoming.Metadata,
            Batch = incoming.Batch,
            IdempotencyKey = incoming.IdempotencyKey,
            ReturnPath = ReturnPath(incoming, id, expiresAt, current),
            RelaxedBodyHash = header.IsSeparated ? ImmutableArray.Create(incoming.Body.FinishBodyHash()) : [],
        };
    }

    // No outside server is asked where the postmaster of this host reads his mail.
    private static Envelope WithPostmaster(Envelope envelope, IntakeOptions current)
    {
        var recipients = envelope.Recipients;
        for (var place = 0; place < recipients.Length; place++)
        {
            if (!current.IsOwnPostmaster(recipients[place].Address)) continue;
            if (Mailbox.TryParse($"postmaster@{current.Local.PostmasterDomain}", out var reader))
                recipients = recipients.SetItem(place, recipients[place] with { Address = reader });
        }
        return recipients == envelope.Recipients ? envelope : envelope with { Recipients = recipients };
    }

    // DESIGN §11: of the API rewritten, of SMTP kept unless the operator wants it. What has no sender gets no bounces
    // (RFC 5321 §4.5.5), and what comes from outside has a sender who is not ours.
    private static Mailbox? ReturnPath(
        IncomingMessage incoming, MessageId id, DateTimeOffset expiresAt, IntakeOptions current)
    {
        if (current.Returns is not { } returns || incoming.Envelope.Sender is null) return null;
        var isRewritten = incoming.Client.Origin switch
        {
            MessageOrigin.Api => true,
            MessageOrigin.Submission or MessageOrigin.Relay => current.RewritesSmtp,
            _ => false,
        };
        return isRewritten ? returns.Make(id, incoming.Envelope.Recipients.Length == 1 ? 0 : null, expiresAt) : null;
    }

    // DESIGN §11: HTTP by stream; SMTP by the server's setting unless a stream is named.
    private static TimeSpan Lifetime(IncomingMessage incoming, IntakeOptions current) =>
        incoming.ExpiresIn ?? incoming switch
        {
            { Client.Origin: MessageOrigin.Notice } => current.NoticeLifetime,
            { Stream: { } stream } => current.Streams[stream],
            { Client.Origin: MessageOrigin.Api } => current.Streams["transactional"],
            _ => current.Lifetime,
        };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, EventName = "accepted",
            Message = "{MessageId} accepted: {Origin} {Account} from {Sender}, {Recipients} recipients, "
                + "session {SessionId}")]
        public static partial void Accepted(
            ILogger logger, MessageId messageId, MessageOrigin origin, string account, string sender, int recipients,
            string sessionId);

        [LoggerMessage(Level = LogLevel.Information, EventName = "notice_ready",
            Message = "{MessageId} is a notice about {About}, account {Account}; it is committed with the outcome")]
        public static partial void NoticeReady(ILogger logger, MessageId messageId, MessageId about, string account);

        [LoggerMessage(Level = LogLevel.Information, EventName = "refused",
            Message = "Refused with {Reply}: account {Account}, session {SessionId}")]
        public static partial void Refused(ILogger logger, SmtpReply reply, string account, string sessionId);

        [LoggerMessage(Level = LogLevel.Warning, EventName = "spool_full", Message = "New mail is refused: {Why}")]
        public static partial void NoRoom(ILogger logger, string why);
    }
}
