using System.Text;
using Ekiden.Mail;

namespace Ekiden.Spool.Tests.Journal;

/// <summary>Messages and facts about them, in short.</summary>
internal static class Post
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly AttemptDetails Details =
        new("mx.example", "192.0.2.1", "192.0.2.9", "TLSv1.3", true, "eom", TimeSpan.FromMilliseconds(310));

    public static MessageId Id(int number) => new(((UInt128)0x0190 << 112) | (UInt128)(uint)number);

    public static Mailbox Box(string address) =>
        Mailbox.TryParse(address, out var mailbox) ? mailbox : throw new ArgumentException(address);

    public static AcceptedMessage Message(int number, params string[] recipients) => new()
    {
        Id = Id(number),
        AcceptedAt = Now,
        Envelope = new Envelope(
            Box("sender@example.org"), [.. recipients.Select(one => new EnvelopeRecipient(Box(one)))]),
        Origin = MessageOrigin.Submission,
        Account = "acc_1",
        Stream = "transactional",
        ExpiresAt = Now + TimeSpan.FromDays(5),
    };

    public static byte[] Body(int number, int size = 200)
    {
        var text = new StringBuilder($"Subject: message {number}\r\n\r\n");
        while (text.Length < size) text.Append("The quick brown fox ").Append(number).Append(" jumps.\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    public static async Task AcceptAsync(this FileJournal journal, AcceptedMessage message, byte[] body)
    {
        using var content = journal.NewContent(body.Length);
        await content.WriteAsync(body, CancellationToken.None);
        await journal.CommitAsync(
            [new JournalEntry.Accepted(message, content)], Durability.Flushed, CancellationToken.None);
    }

    public static Task StartAsync(this FileJournal journal, MessageId id, params int[] places) => journal.CommitAsync(
        [new JournalEntry.AttemptStarted(id, [.. places], Now, "mx.example")],
        Durability.Written, CancellationToken.None).AsTask();

    public static Task DeliverAsync(this FileJournal journal, MessageId id, params int[] places) => journal.CommitAsync(
        [new JournalEntry.Attempted(id, Now, Details, [.. places.Select(place => Delivered(place))])],
        Durability.Soon, CancellationToken.None).AsTask();

    public static Task DeferAsync(this FileJournal journal, MessageId id, DateTimeOffset due, params int[] places) =>
        journal.CommitAsync(
            [new JournalEntry.Attempted(id, Now, Details, [.. places.Select(place => Deferred(place, due))])],
            Durability.Soon, CancellationToken.None).AsTask();

    public static Task ChangeAsync(this FileJournal journal, MessageId id, QueueChange change, params int[] places) =>
        journal.CommitAsync(
            [new JournalEntry.Changed(id, Now, change, [.. places], Now, "operator")],
            Durability.Flushed, CancellationToken.None).AsTask();

    public static RecipientResult Delivered(int place, int attempts = 1) => new(
        place, new DeliveryOutcome.Delivered(SmtpReply.Of(250, "2.0.0", "Ok")), Now, attempts);

    public static RecipientResult Deferred(int place, DateTimeOffset due, int attempts = 1) => new(
        place,
        new DeliveryOutcome.Deferred(
            DeferralReason.Reply, new EnhancedStatus(4, 2, 1), SmtpReply.Of(450, "4.2.1", "Later"), "", false),
        due, attempts);

    public static async Task<string?> ReadAsync(this FileJournal journal, MessageId id)
    {
        using var stored = await journal.OpenAsync(id, CancellationToken.None);
        if (stored is null) return null;
        var text = new StringBuilder();
        await foreach (var piece in stored.Content.ReadAsync(CancellationToken.None))
            text.Append(Encoding.ASCII.GetString(piece.Span));
        return text.ToString();
    }
}
