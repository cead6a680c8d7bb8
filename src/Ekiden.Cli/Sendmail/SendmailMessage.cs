using System.Text;

namespace Ekiden.Cli.Sendmail;

/// <summary>The mail on standard input, made ready for SMTP: CRLF line ends, no Bcc, recipients found.</summary>
internal sealed class SendmailMessage
{
    private static readonly string[] RecipientFields = ["to", "cc", "bcc"];
    private static readonly string[] ResentFields = ["resent-to", "resent-cc", "resent-bcc"];
    private readonly List<byte[]> _lines = [];

    private SendmailMessage(IReadOnlyList<string> recipients)
    {
        Recipients = recipients;
    }

    /// <summary>
    /// From To, Cc and Bcc (or their Resent- forms: RFC 5322 §3.6.6), each once; empty without <c>-t</c>.
    /// </summary>
    public IReadOnlyList<string> Recipients { get; }

    /// <summary>A byte over 127 is in it: BODY=8BITMIME is needed.</summary>
    public bool IsEightBit { get; private set; }

    /// <summary>The content's length on the wire, before dot-stuffing.</summary>
    public long Size { get; private set; }

    /// <summary>The lines without their ends.</summary>
    public IReadOnlyList<byte[]> Lines => _lines;

    /// <summary>Makes a message of what was typed or piped in.</summary>
    /// <param name="input">LF or CRLF line ends; bytes that are no UTF-8 are kept.</param>
    /// <param name="from">The From field for a message that has none.</param>
    public static SendmailMessage Read(ReadOnlySpan<byte> input, SendmailArguments arguments, string from)
    {
        var lines = Split(input, arguments.IgnoresDots);
        if (lines.Count > 0 && lines[0].AsSpan().StartsWith("From "u8)) lines.RemoveAt(0); // a mailbox file's separator
        var fields = new List<List<byte[]>>();
        var at = 0;
        while (at < lines.Count && IsHeader(lines[at], isFirst: at == 0))
        {
            if (IsFolded(lines[at])) fields[^1].Add(lines[at++]);
            else fields.Add([lines[at++]]);
        }
        if (at < lines.Count && lines[at].Length == 0) at++;
        var message = new SendmailMessage(arguments.ReadsRecipients ? FindRecipients(fields) : []);
        if (!fields.Exists(field => Is(field, "from"))) message.Add(Encoding.UTF8.GetBytes("From: " + from));
        foreach (var field in fields)
        {
            // Bcc is for us alone: RFC 5322 §3.6.3.
            if (arguments.ReadsRecipients && (Is(field, "bcc") || Is(field, "resent-bcc"))) continue;
            foreach (var line in field) message.Add(line);
        }
        message.Add([]);
        for (; at < lines.Count; at++) message.Add(lines[at]);
        return message;
    }

    private static List<string> FindRecipients(List<List<byte[]>> fields)
    {
        var names = fields.Exists(field => ResentFields.Any(name => Is(field, name))) ? ResentFields : RecipientFields;
        var found = new List<string>();
        foreach (var field in fields.Where(field => names.Any(name => Is(field, name))))
        {
            var text = string.Join(' ', field.Select(line => Encoding.UTF8.GetString(line)));
            found.AddRange(AddressList.Read(text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..]));
        }
        return [.. found.Distinct(StringComparer.Ordinal)];
    }

    // A header line is a name of printable characters and a colon, or the continuation of one: RFC 5322 §2.2.
    private static bool IsHeader(byte[] line, bool isFirst)
    {
        if (IsFolded(line)) return !isFirst;
        var colon = Array.IndexOf(line, (byte)':');
        return colon > 0 && line.AsSpan(0, colon).TrimEnd(" \t"u8).IndexOfAnyExceptInRange((byte)33, (byte)126) < 0;
    }

    private static bool IsFolded(byte[] line) => line.Length > 0 && line[0] is (byte)' ' or (byte)'\t';

    private static bool Is(List<byte[]> field, string name)
    {
        var colon = Array.IndexOf(field[0], (byte)':');
        return Encoding.Latin1.GetString(field[0], 0, colon).TrimEnd().Equals(name, StringComparison.OrdinalIgnoreCase);
    }

    private static List<byte[]> Split(ReadOnlySpan<byte> input, bool ignoresDots)
    {
        var lines = new List<byte[]>();
        while (!input.IsEmpty)
        {
            var end = input.IndexOf((byte)'\n');
            var line = end < 0 ? input : input[..end];
            input = end < 0 ? [] : input[(end + 1)..];
            if (!line.IsEmpty && line[^1] == '\r') line = line[..^1];
            if (!ignoresDots && line.SequenceEqual("."u8)) break;
            lines.Add(line.ToArray());
        }
        return lines;
    }

    private void Add(byte[] line)
    {
        _lines.Add(line);
        Size += line.Length + 2;
        IsEightBit = IsEightBit || line.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)127) >= 0;
    }
}
