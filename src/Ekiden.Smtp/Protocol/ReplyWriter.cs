using System.Buffers;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Smtp.Protocol;

/// <summary>
/// Writes replies as they stand on the wire: code and enhanced status on every line. RFC 5321 §4.2.1, RFC 2034 §4.
/// </summary>
internal static class ReplyWriter
{
    // RFC 5321 §4.5.3.1.5: a reply line is at most 512 octets with code and CRLF; 16 are left for these and the status.
    private const int LongestText = 512 - 2 - 4 - 10;

    /// <summary>Appends the reply; nothing is flushed.</summary>
    public static void Write(IBufferWriter<byte> output, SmtpReply reply)
    {
        var rest = reply.Text.AsSpan();
        while (true)
        {
            var end = rest.IndexOf('\n');
            WriteLine(output, reply, end < 0 ? rest : rest[..end], isLast: end < 0);
            if (end < 0) return;
            rest = rest[(end + 1)..];
        }
    }

    private static void WriteLine(IBufferWriter<byte> output, SmtpReply reply, ReadOnlySpan<char> text, bool isLast)
    {
        if (text.Length > LongestText) text = text[..LongestText];
        var line = output.GetSpan(512);
        line[0] = (byte)('0' + reply.Code / 100);
        line[1] = (byte)('0' + reply.Code / 10 % 10);
        line[2] = (byte)('0' + reply.Code % 10);
        line[3] = (byte)(isLast ? ' ' : '-');
        var length = 4;
        if (reply.Status is { } status)
        {
            length += WriteStatus(line[length..], status);
            line[length++] = (byte)' ';
        }
        length += WriteText(line[length..], text);
        line[length] = (byte)'\r';
        line[length + 1] = (byte)'\n';
        output.Advance(length + 2);
    }

    private static int WriteStatus(Span<byte> line, EnhancedStatus status)
    {
        line[0] = (byte)('0' + status.Class);
        line[1] = (byte)'.';
        var length = 2 + WriteNumber(line[2..], status.Subject);
        line[length++] = (byte)'.';
        return length + WriteNumber(line[length..], status.Detail);
    }

    private static int WriteNumber(Span<byte> line, short number)
    {
        number.TryFormat(line, out var written, default, System.Globalization.CultureInfo.InvariantCulture);
        return written;
    }

    // RFC 5321 §4.2: reply text is printable ASCII, blank and tab. Anything else could only come from a bug or a peer.
    private static int WriteText(Span<byte> line, ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyExceptInRange(' ', '~')) return Encoding.ASCII.GetBytes(text, line);
        for (var i = 0; i < text.Length; i++)
            line[i] = text[i] is (>= ' ' and <= '~') or '\t' ? (byte)text[i] : (byte)'?';
        return text.Length;
    }
}
