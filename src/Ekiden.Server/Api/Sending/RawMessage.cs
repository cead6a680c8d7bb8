using System.Collections.Immutable;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Server.Api.Sending;

/// <summary>
/// The checks that DATA makes, for a finished message that comes by HTTP: reliability E-R4, A-R2, A-R7.
/// </summary>
internal static class RawMessage
{
    private const int LongestLine = 998;

    /// <summary>Why the message is not taken; null when its lines are fine.</summary>
    public static string? Problem(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty) return "The message is empty";
        if (content.Contains((byte)0)) return "A NUL in the message";
        for (var rest = content; !rest.IsEmpty;)
        {
            var end = rest.IndexOfAny((byte)'\r', (byte)'\n');
            if ((end < 0 ? rest.Length : end) > LongestLine) return "A line has more than 998 octets";
            if (end < 0) return null;
            if (rest[end] != '\r' || end + 1 == rest.Length || rest[end + 1] != '\n')
                return "Bare CR or LF in message data";
            rest = rest[(end + 2)..];
        }
        return null;
    }

    /// <summary>The content, ended by CRLF.</summary>
    public static ReadOnlyMemory<byte> Complete(ReadOnlyMemory<byte> content) =>
        content.Span.EndsWith("\r\n"u8) ? content : (ReadOnlyMemory<byte>)(byte[])[.. content.Span, .. "\r\n"u8];

    /// <summary>The bytes of the JSON form: text, or the same in base64.</summary>
    public static byte[] FromText(string raw)
    {
        var decoded = new byte[(raw.Length / 4 * 3) + 3];
        // A header field has a colon, and base64 none.
        return !raw.Contains(':', StringComparison.Ordinal) && Convert.TryFromBase64String(raw, decoded, out var length)
            ? decoded[..length]
            : Encoding.UTF8.GetBytes(raw);
    }

    /// <summary>The addresses, each once, with the pointers of the JSON form.</summary>
    public static ImmutableArray<(Mailbox Address, string Pointer)> Recipients(
        IEnumerable<string> texts, FieldErrors errors)
    {
        var found = ImmutableArray.CreateBuilder<(Mailbox Address, string Pointer)>();
        foreach (var (text, place) in texts.Select((text, place) => (text, place)))
        {
            var pointer = $"/envelope/to/{place}";
            if (Mailbox.TryParse(text, out var address) && !address.IsAddressLiteral) found.Add((address, pointer));
            else errors.Add(pointer, "invalid_address", "Not one mail address");
        }
        return [.. found.DistinctBy(recipient => recipient.Address)];
    }
}
