using System.Collections.Immutable;
using System.Text;
using MimeKit;
using MimeKit.Utils;

namespace Ekiden.Submission.Composition;

/// <summary>Makes the message out of its parts.</summary>
public static class MailComposer
{
    /// <summary>
    /// RFC 5322 bytes with CRLF line ends, none longer than 998 octets: what is not plain ASCII with short lines is
    /// encoded (japan.md T1). Date and Message-ID are left to header completion.
    /// </summary>
    public static byte[] Compose(MailParts parts)
    {
        using var message = new MimeMessage();
        message.Headers.Clear();
        AddAddresses(message, HeaderId.From, [parts.From], parts.Charset);
        if (parts.Sender is { } sender) AddAddresses(message, HeaderId.Sender, [sender], parts.Charset);
        AddAddresses(message, HeaderId.ReplyTo, parts.ReplyTo, parts.Charset);
        AddAddresses(message, HeaderId.To, parts.To, parts.Charset);
        AddAddresses(message, HeaderId.Cc, parts.Cc, parts.Charset);
        // RFC 5322 §3.6.3 lets To be missing; large receivers do not (japan.md B6).
        if (parts.To.IsEmpty && parts.Cc.IsEmpty) message.To.Add(new GroupAddress("undisclosed-recipients"));
        AddText(message.Headers, "Subject", parts.Subject, parts.Charset);
        foreach (var (name, value) in parts.Headers) AddText(message.Headers, name, value, parts.Charset);
        message.Body = Body(parts);
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        format.International = parts.NeedsSmtpUtf8;
        using var bytes = new MemoryStream();
        message.WriteTo(format, bytes);
        return bytes.ToArray();
    }

    private static void AddAddresses(
        MimeMessage message, HeaderId field, ImmutableArray<NamedMailbox> mailboxes, MailCharset charset)
    {
        if (mailboxes.IsEmpty) return;
        if (charset == MailCharset.Utf8)
        {
            var list = new InternetAddressList(mailboxes.Select(
                mailbox => new MailboxAddress(Encoding.UTF8, mailbox.Name, mailbox.Address.ToQuotedString())));
            switch (field)
            {
                case HeaderId.From: message.From.AddRange(list); break;
                case HeaderId.Sender: message.Sender = list.Mailboxes.First(); break;
                case HeaderId.ReplyTo: message.ReplyTo.AddRange(list); break;
                case HeaderId.To: message.To.AddRange(list); break;
                default: message.Cc.AddRange(list); break;
            }
            return;
        }
        var texts = mailboxes.Select(mailbox => mailbox.Name.Length == 0
            ? mailbox.Address.ToQuotedString()
            : $"{Phrase(mailbox.Name)} <{mailbox.Address.ToQuotedString()}>");
        AddRaw(message.Headers, field.ToHeaderName(), string.Join(",\r\n ", texts));
    }

    private static string Phrase(string name) =>
        Ascii.IsValid(name) && !name.Contains("=?", StringComparison.Ordinal)
            ? MimeUtils.Quote(name)
            : Iso2022Jp.EncodeHeader(name).Replace("\r\n ", "\r\n  ", StringComparison.Ordinal);

    private static void AddText(HeaderList headers, string name, string value, MailCharset charset)
    {
        if (charset == MailCharset.Iso2022Jp) AddRaw(headers, name, Iso2022Jp.EncodeHeader(value));
        else headers.Add(new Header(Encoding.UTF8, name, value));
    }

    private static void AddRaw(HeaderList headers, string name, string value)
    {
        var header = new Header(Encoding.ASCII, name, "");
        header.SetRawValue(Encoding.ASCII.GetBytes(' ' + value + "\r\n"));
        headers.Add(header);
    }

    // From the inside out: the text, its alternatives, the images that the HTML shows, the files.
    private static MimeEntity Body(MailParts parts)
    {
        var alternatives = new List<MimeEntity>();
        if (parts.Text is { } text) alternatives.Add(TextPart("plain", text, parts.Charset));
        if (parts.Html is { } html) alternatives.Add(WithImages(TextPart("html", html, parts.Charset), parts));
        if (parts.Calendar is { } calendar)
        {
            var part = TextPart("calendar", calendar.Content, MailCharset.Utf8);
            part.ContentType.Parameters.Add("method", calendar.Method);
            alternatives.Add(part);
        }
        var body = alternatives.Count switch
        {
            0 => TextPart("plain", "", MailCharset.Utf8),
            1 => alternatives[0],
            _ => Gather(new MultipartAlternative(), alternatives),
        };
        var files = parts.Attachments.Where(file => !IsShown(file, parts)).Select(File).ToArray();
        return files.Length == 0 ? body : Gather(new Multipart("mixed"), [body, .. files]);
    }

    private static MimeEntity WithImages(TextPart html, MailParts parts)
    {
        var shown = parts.Attachments.Where(file => IsShown(file, parts)).Select(File).ToArray();
        return shown.Length == 0 ? html : Gather(new MultipartRelated(), [html, .. shown]);
    }

    private static bool IsShown(AttachedFile file, MailParts parts) =>
        parts.Html is not null && file is { IsInline: true, ContentId: not null };

    private static Multipart Gather(Multipart multipart, IEnumerable<MimeEntity> entities)
    {
        foreach (var entity in entities) multipart.Add(entity);
        return multipart;
    }

    private static MimePart File(AttachedFile file)
    {
        var part = new MimePart(file.MediaType)
        {
            Content = new MimeContent(new MemoryStream(file.Content, writable: false)),
            ContentTransferEncoding = ContentEncoding.Base64,
            ContentDisposition = new ContentDisposition(
                file.IsInline ? ContentDisposition.Inline : ContentDisposition.Attachment),
            FileName = file.Name,
        };
        if (file.ContentId is { } id) part.ContentId = id;
        return part;
    }

    private static TextPart TextPart(string subtype, string text, MailCharset charset)
    {
        var part = new TextPart(subtype);
        if (charset == MailCharset.Iso2022Jp && Iso2022Jp.TryEncode(text.ReplaceLineEndings("\n"), out var octets))
        {
            part.ContentType.Charset = Iso2022Jp.Name;
            part.Content = new MimeContent(new MemoryStream(octets, writable: false));
            part.ContentTransferEncoding = HasShortLines(octets) ? ContentEncoding.SevenBit : ContentEncoding.Base64;
            return part;
        }
        part.Text = text;
        part.ContentTransferEncoding = IsPlain(text) ? ContentEncoding.SevenBit : ContentEncoding.Base64;
        return part;
    }

    private static bool HasShortLines(ReadOnlySpan<byte> octets)
    {
        if (octets.IndexOfAny((byte)'\r', (byte)0) >= 0) return false;
        foreach (var line in octets.Split((byte)'\n'))
        {
            var (offset, length) = line.GetOffsetAndLength(octets.Length);
            if (length > 200 || offset < 0) return false;
        }
        return true;
    }

    // Words of people's text stay readable on the wire; long lines and other scripts are encoded (japan.md T1).
    private static bool IsPlain(string text) =>
        Ascii.IsValid(text) && !text.Contains('\0', StringComparison.Ordinal)
        && !text.Replace("\r\n", "\n", StringComparison.Ordinal).Contains('\r', StringComparison.Ordinal)
        && text.Split('\n').All(line => line.Length <= 200);
}
