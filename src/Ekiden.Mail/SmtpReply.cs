using System.Globalization;
using System.Text;

namespace Ekiden.Mail;

/// <summary>
/// One SMTP reply: a code, an optional enhanced status (RFC 2034) and one or more lines. RFC 5321 §4.2.
/// </summary>
/// <param name="Code">200 to 599.</param>
/// <param name="Status">The enhanced status that precedes each line's text, or null.</param>
/// <param name="Text">
/// The text without code and status; lines are separated by <c>\n</c>. Never holds CR or NUL.
/// </param>
public sealed record SmtpReply(int Code, EnhancedStatus? Status, string Text)
{
    /// <summary>2xx or 3xx.</summary>
    public bool IsPositive => Code is >= 200 and < 400;

    /// <summary>4xx: the client may try again. RFC 5321 §4.2.1.</summary>
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>5xx: the client must not repeat the same request. RFC 5321 §4.2.1.</summary>
    public bool IsPermanent => Code is >= 500 and < 600;

    /// <summary>A one-line reply with an enhanced status, written <c>"5.1.1"</c>.</summary>
    public static SmtpReply Of(int code, string status, string text) =>
        EnhancedStatus.TryParse(status, out var parsed)
            ? new SmtpReply(code, parsed, text)
            : throw new ArgumentException($"Not an enhanced status: {status}", nameof(status));

    /// <summary>On one line, as logs and notices show it: <c>550 5.1.1 No such user</c>.</summary>
    public override string ToString()
    {
        var line = new StringBuilder(Code.ToString(CultureInfo.InvariantCulture));
        if (Status is { } status) line.Append(' ').Append(status);
        if (Text.Length > 0) line.Append(' ').Append(Text.Replace('\n', ' '));
        return line.ToString();
    }
}
