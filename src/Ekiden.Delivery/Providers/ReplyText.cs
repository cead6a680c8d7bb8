using System.Globalization;
using Ekiden.Mail;

namespace Ekiden.Delivery.Providers;

/// <summary>A reply as people and notices write it: text that may repeat code and status on every line.</summary>
public static class ReplyText
{
    /// <summary>
    /// The reply with this code. The code, and an enhanced status of its class (RFC 2034 §4), are taken off the
    /// beginning of every line; the first status counts.
    /// </summary>
    /// <param name="code">200 to 599.</param>
    /// <param name="text">One or more lines.</param>
    public static SmtpReply Read(int code, string text)
    {
        EnhancedStatus? status = null;
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var words = WithoutCode(code, lines[i].Trim());
            var end = words.IndexOf(' ', StringComparison.Ordinal);
            var first = end < 0 ? words : words[..end];
            if (EnhancedStatus.TryParse(first, out var found) && found.Class == code / 100)
            {
                status ??= found;
                words = end < 0 ? "" : words[(end + 1)..];
            }
            lines[i] = SafeText.Of(words.Trim());
        }
        return new SmtpReply(code, status, string.Join('\n', lines));
    }

    private static string WithoutCode(int code, string line) =>
        line.Length >= 3 && line.AsSpan(0, 3).SequenceEqual(code.ToString(CultureInfo.InvariantCulture))
        && (line.Length == 3 || line[3] is ' ' or '-')
            ? line[Math.Min(4, line.Length)..].TrimStart() : line;
}
