using System.Buffers;
using System.Text;
using Ekiden.Mail;
using Ekiden.Smtp.Protocol;

namespace Ekiden.Smtp.Server;

/// <summary>
/// Turns the path of MAIL and RCPT into a mailbox, or says with which reply it is refused. What is relayed to whom is the
/// receiver's decision; here is only what an address may look like. Reliability D-R2 to D-R5.
/// </summary>
internal sealed class AddressPolicy(ListenerRole role, string hostName)
{
    // Reliability D-R4: what old routing tricks are made of.
    private static readonly SearchValues<char> InboundTricks = SearchValues.Create("@%!/|");
    private static readonly SearchValues<char> SubmissionTricks = SearchValues.Create("@%!");
    private static readonly SearchValues<char> LeadingTricks = SearchValues.Create("./|");

    /// <summary>The sender; null for the null sender. A refusal, or null when the path is good.</summary>
    public static SmtpReply? ReadSender(string path, bool mayBeUtf8, out Mailbox? sender)
    {
        sender = null;
        if (path.Length == 0) return null;
        var address = StripRoute(path);
        if (address is null) return Replies.BadSender;
        if (!mayBeUtf8 && !Ascii.IsValid(address)) return Replies.NeedsSmtpUtf8;
        return Mailbox.TryParse(address, out sender) ? null : Replies.BadSender;
    }

    /// <summary>The recipient. A refusal, or null when the path is good.</summary>
    public SmtpReply? ReadRecipient(string path, bool mayBeUtf8, out Mailbox? recipient)
    {
        recipient = null;
        // RFC 5321 §4.1.1.3: the one address without a domain.
        if (path.Equals("postmaster", StringComparison.OrdinalIgnoreCase)) path = $"{path}@{hostName}";
        var address = StripRoute(path);
        if (address is null) return Replies.BadRecipient;
        if (!mayBeUtf8 && !Ascii.IsValid(address)) return Replies.NeedsSmtpUtf8;
        if (!Mailbox.TryParse(address, out recipient))
            return role == ListenerRole.Inbound && StartsWithDot(address) ? Replies.RefusedLocalPart : Replies.BadRecipient;
        return IsTricky(recipient.LocalPart) ? Replies.RefusedLocalPart : null;
    }

    // A relay's clients are the operator's own; gateways behind it may need such addresses.
    private bool IsTricky(string localPart) => role switch
    {
        ListenerRole.Inbound => localPart.AsSpan().ContainsAny(InboundTricks) || localPart.StartsWith('.'),
        ListenerRole.Submission => localPart.AsSpan().ContainsAny(SubmissionTricks)
            || localPart.AsSpan().IndexOfAny(LeadingTricks) == 0,
        _ => false,
    };

    private static bool StartsWithDot(string address) => address.StartsWith('.') && address.Contains('@', StringComparison.Ordinal);

    // RFC 5321 §4.1.2, A-d-l, and appendix C: a source route is recognised and ignored. Null: it is malformed.
    private static string? StripRoute(string path)
    {
        if (!path.StartsWith('@')) return path;
        var isLiteral = false;
        for (var i = 1; i < path.Length; i++)
        {
            var letter = path[i];
            if (letter == '[') isLiteral = true;
            else if (letter == ']') isLiteral = false;
            else if (letter == ':' && !isLiteral) return i > 1 ? path[(i + 1)..] : null;
            else if (letter is <= ' ' or '"' or '<' or '>' or '\\') return null;
        }
        return null;
    }
}
