using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Ekiden.Events.Storage;
using Ekiden.Mail;
using Ekiden.Mail.Headers;
using Ekiden.Spool;

namespace Ekiden.Events.Projection;

/// <summary>What the log keeps of an accepted message.</summary>
internal static class MessageRows
{
    // The subject of most mail is well within this; a header that is longer goes without one.
    private const int HeadLength = 16 * 1024;
    private const int LongestSubject = 256;

    public static MessageRow Of(AcceptedMessage message, ReadOnlySpan<byte> head)
    {
        var recipients = message.Envelope.Recipients;
        var addresses = ImmutableArray.CreateBuilder<string>(recipients.Length);
        foreach (var recipient in recipients) addresses.Add(recipient.Address.ToString());
        return new MessageRow
        {
            Id = message.Id,
            Account = message.Account,
            Stream = message.Stream,
            AcceptedAt = message.AcceptedAt,
            Sender = message.Envelope.Sender?.ToString(),
            Subject = SubjectIn(head),
            TagsJson = message.Tags.IsDefaultOrEmpty ? null : Json(message.Tags),
            MetadataJson = message.Metadata.Count == 0 ? null : Json(message.Metadata),
            Batch = message.Batch?.ToString(),
            Recipients = addresses.MoveToImmutable(),
        };
    }

    // Found where it lies, line by line: the header is not parsed for its sake.
    private static string? SubjectIn(ReadOnlySpan<byte> head)
    {
        head = head[..Math.Min(head.Length, HeadLength)];
        while (!head.IsEmpty && !head.StartsWith("\r\n"u8))
        {
            var end = head.IndexOf("\r\n"u8);
            if (end < 0) return null;
            if (IsSubject(head[..end])) return Decode(Unfold(head, end));
            head = head[(end + 2)..];
        }
        return null;
    }

    private static bool IsSubject(ReadOnlySpan<byte> line) =>
        line.Length > 8 && Ascii.EqualsIgnoreCase(line[..8], "Subject:"u8);

    private static ReadOnlySpan<byte> Unfold(ReadOnlySpan<byte> head, int end)
    {
        while (head.Length > end + 2 && head[end + 2] is (byte)' ' or (byte)'\t')
        {
            var next = head[(end + 2)..].IndexOf("\r\n"u8);
            if (next < 0) break;
            end += 2 + next;
        }
        return head[8..end];
    }

    private static string Decode(ReadOnlySpan<byte> value)
    {
        var text = Encoding.UTF8.GetString(value).Replace("\r\n", "", StringComparison.Ordinal).Trim();
        var subject = SafeText.Of(EncodedWords.Decode(text));
        return subject.Length <= LongestSubject ? subject : subject[..LongestSubject];
    }

    private static string Json(ImmutableArray<string> tags)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartArray();
            foreach (var tag in tags) json.WriteStringValue(tag);
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static string Json(ImmutableDictionary<string, string> metadata)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach (var (name, value) in metadata) json.WriteString(name, value);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
