using System.Buffers;
using System.Globalization;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Smtp.Client;

/// <summary>How far a reply has come.</summary>
internal enum ReplyProgress
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>The last line was read.</summary>
    Complete,

    /// <summary>This is not a reply, or it exceeds a limit: the connection is of no more use.</summary>
    Broken,
}

/// <summary>Puts a reply together from the bytes of a server; every server is taken to be hostile.</summary>
/// <remarks>
/// Syntax: RFC 5321 §4.2; limits: reliability.md B-R7. A line ends with CRLF; a code is 200 to 599; the lines of one
/// reply share their first digit, and the last line's code counts. Anything else is <see cref="ReplyProgress.Broken"/>.
/// </remarks>
internal sealed class ReplyParser
{
    /// <summary>Longest line, in octets with its CRLF.</summary>
    public const int MaxLine = 2048;

    private const int MaxLines = 100;
    private const int MaxOctets = 16 * 1024;
    private const int MaxText = 1024; // reliability.md E-R9

    private byte[] _text = new byte[128];
    private int _length;
    private int _lines;
    private int _octets;
    private EnhancedStatus? _status;
    private int _limit;

    /// <summary>The code, once the reply is complete.</summary>
    public int Code { get; private set; }

    /// <summary>What is wrong, once the reply is broken.</summary>
    public string Why { get; private set; } = "";

    /// <summary>
    /// The lines without their codes, separated by LF; valid until the next reply. Control characters are <c>?</c>.
    /// </summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _length);

    /// <summary>Forgets the last reply.</summary>
    /// <param name="keepAll">Keeps up to 16 KiB of text, for EHLO; otherwise 1 KiB.</param>
    public void Begin(bool keepAll = false)
    {
        if (_text.Length > MaxText) _text = new byte[128]; // EHLO and chatty servers do not keep memory
        (_length, _lines, _octets, Code) = (0, 0, 0, 0);
        _status = null;
        _limit = keepAll ? MaxOctets : MaxText;
    }

    /// <summary>Takes whole lines from the start of <paramref name="input"/>, up to the end of the reply.</summary>
    public ReplyProgress Read(ReadOnlySpan<byte> input, out int used)
    {
        used = 0;
        while (true)
        {
            var rest = input[used..];
            var end = rest.IndexOf((byte)'\n');
            if (end < 0 && rest.Length < MaxLine) return ReplyProgress.Incomplete;
            var size = end + 1;
            if (end < 0 || size > MaxLine) return Fail("a reply line is too long");
            used += size;
            _octets += size;
            if (++_lines > MaxLines || _octets > MaxOctets) return Fail("a reply is too long");
            if (end == 0 || rest[end - 1] != '\r') return Fail("a reply line does not end with CRLF");
            var progress = AddLine(rest[..(end - 1)]);
            if (progress != ReplyProgress.Incomplete) return progress;
        }
    }

    /// <summary>The complete reply as a value. Text from a server is data: reliability.md E-R9.</summary>
    public SmtpReply ToReply()
    {
        var text = Encoding.UTF8.GetString(WholeText());
        return new SmtpReply(Code, _status, Ascii.IsValid(text) ? text : HideControls(text));
    }

    private ReplyProgress AddLine(ReadOnlySpan<byte> line)
    {
        if (!TryCode(line, out var code)) return Fail("not an SMTP reply");
        if (_lines > 1 && code / 100 != Code / 100) return Fail("the lines of a reply contradict each other");
        Code = code;
        var text = line.Length > 4 ? line[4..] : [];
        if (_lines > 1) Append((byte)'\n');
        if (TryStatus(text, code, out var status, out var length) && (_lines == 1 || status == _status))
        {
            _status = status;
            text = text[Math.Min(length + 1, text.Length)..];
        }
        foreach (var octet in text)
            Append(octet is < 0x20 or 0x7F ? (byte)'?' : octet);
        return line.Length > 3 && line[3] == '-' ? ReplyProgress.Incomplete : ReplyProgress.Complete;
    }

    private static bool TryCode(ReadOnlySpan<byte> line, out int code)
    {
        code = 0;
        if (line.Length < 3 || (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-'))) return false;
        // The second digit goes to 5 in the grammar, but servers are known to use more.
        if (line[0] is < (byte)'2' or > (byte)'5') return false;
        if (!char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2])) return false;
        code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        return true;
    }

    // RFC 2034 §4: the status follows the code on every line, and its class agrees with it.
    private static bool TryStatus(ReadOnlySpan<byte> text, int code, out EnhancedStatus status, out int length)
    {
        status = default;
        var end = text.IndexOf((byte)' ');
        length = end < 0 ? text.Length : end;
        if (length is < 5 or > 9 || text[1] != '.' || text[0] != '0' + (code / 100)) return false;
        var dot = 2 + text[2..length].IndexOf((byte)'.');
        if (!TryNumber(text[2..Math.Max(dot, 2)], out var subject)) return false;
        if (!TryNumber(text[(dot + 1)..length], out var detail)) return false;
        status = new EnhancedStatus((byte)(code / 100), subject, detail);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<byte> text, out short number)
    {
        number = 0;
        return text.Length is >= 1 and <= 3
            && short.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private void Append(byte octet)
    {
        if (_length == _limit) return;
        if (_length == _text.Length) Array.Resize(ref _text, Math.Min(_text.Length * 4, MaxOctets));
        _text[_length++] = octet;
    }

    // Where the text was cut, half a character may be left.
    private ReadOnlySpan<byte> WholeText()
    {
        if (_length < MaxText) return Text;
        var cut = Text[..MaxText];
        return Rune.DecodeLastFromUtf8(cut, out _, out var half) == OperationStatus.Done ? cut : cut[..^half];
    }

    private static string HideControls(string text) => string.Create(text.Length, text, static (shown, text) =>
    {
        for (var i = 0; i < text.Length; i++)
            shown[i] = text[i] is (>= '\u0080' and < '\u00A0') or '\u2028' or '\u2029' ? '?' : text[i];
    });

    private ReplyProgress Fail(string why)
    {
        Why = why;
        return ReplyProgress.Broken;
    }
}
