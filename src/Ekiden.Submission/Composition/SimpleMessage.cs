using System.Text;
using Ekiden.Mail;
using MimeKit;

namespace Ekiden.Submission.Composition;

/// <summary>The parts of a mail as the API names them, before it is a message.</summary>
/// <param name="From">Who writes it.</param>
/// <param name="To">Who gets it and sees it.</param>
/// <param name="Subject">May be empty; any Unicode.</param>
/// <param name="Text">The body; any line ends.</param>
public sealed record SimpleMessage(NamedMailbox From, IReadOnlyList<NamedMailbox> To, string Subject, string Text)
{
    /// <summary>
    /// RFC 5322 bytes with CRLF line ends, none longer than 998 octets: UTF-8, encoded as base64 or quoted-printable
    /// where it is not plain ASCII with short lines. Date and Message-ID are left to header completion.
    /// </summary>
    public byte[] ToBytes()
    {
        using var message = new MimeMessage();
        message.Headers.Remove(HeaderId.Date);
        message.Headers.Remove(HeaderId.MessageId);
        message.From.Add(From.ToMimeKit());
        message.To.AddRange(To.Select(mailbox => mailbox.ToMimeKit()));
        message.Subject = Subject;
        message.Body = new TextPart("plain")
        {
            Text = Text,
            ContentTransferEncoding = IsPlain(Text) ? ContentEncoding.SevenBit : ContentEncoding.Base64,
        };
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        format.International = To.Append(From).Any(mailbox => mailbox.Address.NeedsSmtpUtf8);
        using var bytes = new MemoryStream();
        message.WriteTo(format, bytes);
        return bytes.ToArray();
    }

    // Whole words of people's text stay readable on the wire; long lines and other scripts are encoded (japan.md T1).
    private static bool IsPlain(string text) =>
        Ascii.IsValid(text) && !text.Contains('\0', StringComparison.Ordinal)
        && !text.Replace("\r\n", "\n", StringComparison.Ordinal).Contains('\r', StringComparison.Ordinal)
        && text.Split('\n').All(line => line.Length <= 200);
}

/// <summary>An address with the name that stands beside it; the name is empty when there is none.</summary>
public sealed record NamedMailbox(Mailbox Address, string Name)
{
    internal MailboxAddress ToMimeKit() => new(Encoding.UTF8, Name, Address.ToQuotedString());
}
