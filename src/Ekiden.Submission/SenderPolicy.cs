using Ekiden.Directory;
using Ekiden.Mail;

namespace Ekiden.Submission;

/// <summary>
/// From which addresses a client may send: reliability D-R6. Judged on parsed mailboxes, never on display names.
/// </summary>
internal static class SenderPolicy
{
    /// <summary>The envelope's sender; null when it is fine.</summary>
    public static Refusal? CheckEnvelope(MailClient client, Mailbox? sender, DirectorySnapshot directory) =>
        !client.IsOwnUser || sender is null || directory.MaySend(client.Account, sender.Domain)
            ? null
            : NotAllowed(sender);

    /// <summary>Every mailbox of From, Sender and Resent-*; null when all are fine.</summary>
    public static Refusal? CheckHeader(MailClient client, MessageHeader header, DirectorySnapshot directory)
    {
        if (!client.IsOwnUser) return null;
        if (header.ReadAuthors() is not { } authors)
            return Refusal.Of(550, "5.6.0", "From, Sender or a Resent field cannot be read", "invalid_address");
        foreach (var author in authors)
        {
            if (!directory.MaySend(client.Account, author.Domain)) return NotAllowed(author);
        }
        return null;
    }

    private static Refusal NotAllowed(Mailbox sender) => Refusal.Of(
        550, "5.7.1", $"Sending from {sender.Domain} is not allowed: the domain is not verified for this account",
        "domain_not_verified");
}
