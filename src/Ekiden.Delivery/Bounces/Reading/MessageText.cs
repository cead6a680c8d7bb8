using System.Text;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>
/// A message as text of which every character is one octet, with LF alone between lines: what to look for structure in,
/// whatever its characters mean.
/// </summary>
internal static class MessageText
{
    /// <summary>
    /// Octets that are looked at. The part for machines stands before the returned message (RFC 6522 §3), so that a
    /// large message costs nothing more.
    /// </summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Reads any mixture of CRLF, LF and CR; never throws.</summary>
    public static string Read(ReadOnlySpan<byte> message)
    {
        if (message.Length > MaxBytes) message = message[..MaxBytes];
        if (message.StartsWith("From "u8)) message = WithoutFirstLine(message);
        if (message.IndexOf((byte)'\r') < 0) return Encoding.Latin1.GetString(message);
        return message.IndexOf((byte)'\n') < 0 ? ReadReturns(message) : ReadMixed(message);
    }

    // The line that mailbox files put before a message.
    private static ReadOnlySpan<byte> WithoutFirstLine(ReadOnlySpan<byte> message)
    {
        var end = message.IndexOfAny((byte)'\r', (byte)'\n');
        return end < 0 ? [] : message[(end + 1)..].TrimStart("\r\n"u8);
    }

    // CR, however many, before LF belong to it; another CR ends a line of its own.
    private static string ReadMixed(ReadOnlySpan<byte> message)
    {
        var text = new StringBuilder(message.Length);
        while (!message.IsEmpty)
        {
            var at = message.IndexOf((byte)'\r');
            if (at < 0) at = message.Length;
            Append(text, message[..at]);
            message = message[at..];
            var run = message.IndexOfAnyExcept((byte)'\r');
            if (run < 0) run = message.Length;
            var isBeforeLineFeed = run < message.Length && message[run] == (byte)'\n';
            if (!isBeforeLineFeed) text.Append('\n', run);
            message = message[run..];
        }
        return text.ToString();
    }

    // Where every line end is two CR, a program has made one of each half of CRLF.
    private static string ReadReturns(ReadOnlySpan<byte> message)
    {
        var step = HasOnlyPairs(message) ? 2 : 1;
        var text = new StringBuilder(message.Length);
        while (!message.IsEmpty)
        {
            var at = message.IndexOf((byte)'\r');
            if (at < 0) at = message.Length;
            Append(text, message[..at]);
            if (at < message.Length) text.Append('\n');
            message = message[Math.Min(message.Length, at + step)..];
        }
        return text.ToString();
    }

    private static bool HasOnlyPairs(ReadOnlySpan<byte> message)
    {
        while (true)
        {
            var at = message.IndexOf((byte)'\r');
            if (at < 0) return true;
            message = message[at..];
            var run = message.IndexOfAnyExcept((byte)'\r');
            if (run < 0) run = message.Length;
            if (run % 2 != 0) return run == message.Length;
            message = message[run..];
        }
    }

    private static void Append(StringBuilder text, ReadOnlySpan<byte> octets)
    {
        Span<char> letters = stackalloc char[1024];
        while (!octets.IsEmpty)
        {
            var now = octets[..Math.Min(octets.Length, letters.Length)];
            var count = Encoding.Latin1.GetChars(now, letters);
            text.Append(letters[..count]);
            octets = octets[now.Length..];
        }
    }
}
