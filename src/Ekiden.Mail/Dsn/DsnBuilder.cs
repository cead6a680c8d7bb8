using System.Buffers;
using System.Text;
using Ekiden.Mail.Headers;

namespace Ekiden.Mail.Dsn;

/// <summary>
/// Writes the notice that tells a sender what became of a message: multipart/report, RFC 6522 and 3464.
/// </summary>
public static class DsnBuilder
{
    /// <summary>Bytes of the original that are returned at most: reliability F-R3, DESIGN §11.</summary>
    public const int MaxReturned = 64 * 1024;

    private const int MaxLine = 998; // RFC 5322 §2.1.1

    /// <summary>Builds the notice. To be sent with the null sender to <see cref="DsnNotice.To"/>.</summary>
    public static DsnMessage Build(DsnNotice notice)
    {
        var isUtf8 = notice.SmtpUtf8 || notice.To.NeedsSmtpUtf8;
        var boundary = $"=_{Crockford.Encode(notice.Id.Value)}";
        var words = new DsnWords(notice);
        var body = new ArrayBufferWriter<byte>(4096 + Math.Min(notice.Original.Length, MaxReturned));
        WritePart(body, boundary, "text/plain; charset=utf-8", "Notification", Encoding.UTF8.GetBytes(words.Text()));
        var fields = Encoding.UTF8.GetBytes(new DsnFields(notice, isUtf8).Text());
        var fieldsType = isUtf8 ? "message/global-delivery-status" : "message/delivery-status";
        WriteRawPart(body, boundary, fieldsType, "Delivery report", fields);
        WriteOriginal(body, notice, boundary, isUtf8);
        Write(body, $"\r\n--{boundary}--\r\n");

        var isEightBit = !Ascii.IsValid(body.WrittenSpan);
        var output = new ArrayBufferWriter<byte>(1024 + body.WrittenCount);
        WriteHeader(output, notice, words.Subject());
        Write(output, $"Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"{boundary}\"\r\n");
        Write(output, $"Content-Transfer-Encoding: {(isEightBit ? "8bit" : "7bit")}\r\n");
        output.Write(body.WrittenSpan);
        return new DsnMessage(output.WrittenMemory, isEightBit, notice.To.NeedsSmtpUtf8);
    }

    private static void WriteHeader(ArrayBufferWriter<byte> output, DsnNotice notice, string subject)
    {
        Write(output, $"From: Mail Delivery System <MAILER-DAEMON@{notice.HostName}>\r\n");
        Write(output, HeaderField.FormatAddress("To", null, notice.To));
        Write(output, HeaderField.Format("Subject", subject));
        Write(output, $"Date: {MailDate.Format(notice.At)}\r\n");
        Write(output, MessageIdField.Format(notice.Id, notice.HostName));
        if (FindMessageId(notice.Original) is { } about)
            Write(output, HeaderWriter.Structured("References", about));
        Write(output, "Auto-Submitted: auto-replied\r\n"); // RFC 3834 §3.1.8
        Write(output, "MIME-Version: 1.0\r\n");
    }

    // Only one that is whole and harmless: it goes into our header.
    private static string? FindMessageId(ReadOnlyMemory<byte> original)
    {
        if (!HeaderBlock.Read(original).TryFind("Message-ID"u8, out var field)) return null;
        var id = field.Unfold();
        var isWhole = id.Length is > 2 and < 900 && id[0] == '<' && id[^1] == '>';
        return isWhole && !id.AsSpan().ContainsAnyExceptInRange('!', '~') ? id : null;
    }

    // A whole message is never encoded: RFC 2046 §5.2.1.
    private static void WriteOriginal(ArrayBufferWriter<byte> output, DsnNotice notice, string boundary, bool isUtf8)
    {
        if (notice.Original.IsEmpty) return;
        var original = notice.Original.Span;
        var isWhole = notice.Return == DsnReturn.Full && notice.IsOriginalComplete && original.Length <= MaxReturned;
        if (isWhole && HasPlainLines(original))
        {
            WriteRawPart(output, boundary, isUtf8 ? "message/global" : "message/rfc822", "Your mail", original);
            return;
        }
        var header = WholeFields(HeaderBlock.Read(notice.Original));
        var type = isUtf8 ? "message/global-headers" : "text/rfc822-headers";
        WritePart(output, boundary, type, "Header of your mail", header);
    }

    // As many whole fields from the top as there is room for.
    private static ReadOnlySpan<byte> WholeFields(HeaderBlock block)
    {
        var length = 0;
        foreach (var field in block)
        {
            if (length + field.Raw.Length > MaxReturned) break;
            length += field.Raw.Length;
        }
        return block.Bytes.Span[..length];
    }

    private static void WritePart(
        ArrayBufferWriter<byte> output, string boundary, string type, string description, ReadOnlySpan<byte> content)
    {
        if (Ascii.IsValid(content) && HasPlainLines(content))
        {
            WriteRawPart(output, boundary, type, description, content);
            return;
        }
        Write(output, $"\r\n--{boundary}\r\nContent-Type: {type}\r\nContent-Description: {description}\r\n");
        Write(output, "Content-Transfer-Encoding: base64\r\n\r\n");
        Write(output, Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks));
        Write(output, "\r\n");
    }

    private static void WriteRawPart(
        ArrayBufferWriter<byte> output, string boundary, string type, string description, ReadOnlySpan<byte> content)
    {
        var encoding = Ascii.IsValid(content) ? "7bit" : "8bit";
        Write(output, $"\r\n--{boundary}\r\nContent-Type: {type}\r\nContent-Description: {description}\r\n");
        Write(output, $"Content-Transfer-Encoding: {encoding}\r\n\r\n");
        output.Write(content);
    }

    // CRLF alone ends a line, and none is over 998 bytes: what a message may hold without an encoding.
    private static bool HasPlainLines(ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            var end = content.IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
            var length = end < 0 ? content.Length : end;
            if (length > MaxLine) return false;
            if (end < 0) return true;
            if (!content[end..].StartsWith("\r\n"u8)) return false;
            content = content[(end + 2)..];
        }
        return true;
    }

    private static void Write(ArrayBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);
}
