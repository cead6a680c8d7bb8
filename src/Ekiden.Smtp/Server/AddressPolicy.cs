using System.Buffers;
using Ekiden.Mail;
using Ekiden.Smtp.Protocol;

namespace Ekiden.Smtp.Server;

/// <summary>
/// Turns the path of MAIL and RCPT into a mailbox, or says with which reply it is refused. What is relayed to whom is
/// the receiver's decision; here is only what an address may look like. Reliability D-R2 to D-R5.
/// </summary>
internal sealed class AddressPolicy(ListenerRole role, string hostName)
{
    // RFC 5321 §4.1.1.3: the one address without a domain is the postmaster of this host.
    private readonly Mailbox? _postmaster = Mailbox.TryParse($"postmaster@{hostName}", out var mailbox)
        ? mailbox
        : null;

    // Reliability D-R4: what old routing tricks are made of.
    private static readonly SearchValues<char> InboundTricks = SearchValues.Create("@%!/|");
    private static readonly SearchValues<char> SubmissionTricks = SearchValues.Create("@%!");
    private static readonly SearchValues<char> LeadingTricks = SearchValues.Create("./|");

    /// <summary>The sender; null for the null sender. A refusal, or null when the path is good.</summary>
    public static SmtpReply? ReadSender(SmtpCommand.Mail mail, out Mailbox? sender)
    {
        sender = (mail.Path as SmtpPath.To)?.Mailbox;
        if (mail.Path is SmtpPath.Null) return null;
        if (!mail.PathIsAscii && !mail.SmtpUtf8) return Replies.NeedsSmtpUtf8;
        return sender is null ? Replies.BadSender : null;
    }

    /// <summary>The recipient. A refusal, or null when the path is good.</summary>
    public SmtpReply? ReadRecipient(SmtpCommand.Rcpt rcpt, bool mayBeUtf8, out Mailbox? recipient)
    {
        recipient = rcpt.Path switch
        {
            SmtpPath.To to => to.Mailbox,
            SmtpPath.Postmaster => _postmaster,
            _ => null,
        };
        if (!rcpt.PathIsAscii && !mayBeUtf8) return Replies.NeedsSmtpUtf8;
        if (recipient is not null) return IsTricky(recipient) ? Replies.RefusedLocalPart : null;
        var hasLooseDot = rcpt.Path is SmtpPath.Invalid { Error: MailboxError.LocalPartDots };
        return hasLooseDot && role == ListenerRole.Inbound ? Replies.RefusedLocalPart : Replies.BadRecipient;
    }

    // A relay's clients are the operator's own; gateways behind it may need such addresses. The dots of the listed
    // carriers are part of real addresses.
    private bool IsTricky(Mailbox recipient) => role switch
    {
        ListenerRole.Inbound => recipient.LocalPart.AsSpan().ContainsAny(InboundTricks)
            || recipient.LocalPart.StartsWith('.'),
        ListenerRole.Submission => recipient.LocalPart.AsSpan().ContainsAny(SubmissionTricks)
            || (recipient.LocalPart.AsSpan().IndexOfAny(LeadingTricks) == 0
                && !CarrierDomains.Contains(recipient.Domain)),
        _ => false,
    };
}
