using System.Globalization;
using System.Text;
using Ekiden.Mail.Headers;

namespace Ekiden.Mail.Dsn;

/// <summary>The part of a notice for programs: RFC 3464 §2, RFC 6533 §4 with UTF-8.</summary>
/// <param name="notice">The facts.</param>
/// <param name="isUtf8">As message/global-delivery-status; otherwise every byte is ASCII.</param>
internal sealed class DsnFields(DsnNotice notice, bool isUtf8)
{
    private const int MaxValue = 900;

    /// <summary>Per-message fields, an empty line, and the fields of each recipient.</summary>
    internal string Text()
    {
        var text = new StringBuilder();
        if (notice.EnvelopeId is { } envelopeId) Add(text, "Original-Envelope-Id", envelopeId);
        Add(text, "Reporting-MTA", $"dns; {notice.HostName}");
        Add(text, "Arrival-Date", MailDate.Format(notice.ArrivedAt));
        foreach (var recipient in notice.Recipients) AddRecipient(text, recipient);
        return text.ToString();
    }

    private void AddRecipient(StringBuilder text, DsnRecipient recipient)
    {
        text.Append("\r\n");
        if (recipient.OriginalRecipient is { } original) Add(text, "Original-Recipient", original);
        Add(text, "Final-Recipient", Address(recipient.Address));
        Add(text, "Action", recipient.Action.ToString().ToLowerInvariant());
        Add(text, "Status", recipient.Status.ToString());
        if (!string.IsNullOrEmpty(recipient.RemoteMta)) Add(text, "Remote-MTA", $"dns; {recipient.RemoteMta}");
        if (recipient.Reply is { } reply) Add(text, "Diagnostic-Code", $"smtp; {reply}");
        else if (recipient.Text.Length > 0) Add(text, "Diagnostic-Code", $"x-ekiden; {recipient.Text}");
        if (recipient.LastAttempt is { } last) Add(text, "Last-Attempt-Date", MailDate.Format(last));
        if (recipient.WillRetryUntil is { } until) Add(text, "Will-Retry-Until", MailDate.Format(until));
    }

    // Text from outside: made safe, and in ASCII where the part is. RFC 3464 §2.1.1 folds like any header field.
    private void Add(StringBuilder text, string name, string value)
    {
        var safe = SafeText.Of(value);
        if (!isUtf8) safe = Encoding.ASCII.GetString(Encoding.ASCII.GetBytes(safe));
        // a text without blanks cannot be folded, and a line has at most 998 octets
        if (Encoding.UTF8.GetByteCount(safe) > MaxValue)
            safe = SafeText.Of(safe.AsSpan(0, isUtf8 ? MaxValue / 3 : MaxValue));
        text.Append(HeaderWriter.Structured(name, safe));
    }

    private string Address(Mailbox mailbox)
    {
        var address = mailbox.ToQuotedString();
        if (!mailbox.NeedsSmtpUtf8) return $"rfc822; {address}";
        return $"utf-8; {(isUtf8 ? address : Unitext(address))}";
    }

    // utf-8-addr-xtext: RFC 6533 §3, for parts that are ASCII
    private static string Unitext(string address)
    {
        var text = new StringBuilder();
        foreach (var rune in address.EnumerateRunes())
        {
            if (rune.IsAscii && rune.Value is not ('\\' or '+' or '=' or ' ')) text.Append((char)rune.Value);
            else text.Append(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X2}}}");
        }
        return text.ToString();
    }
}
