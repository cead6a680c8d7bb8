using System.Collections.Immutable;
using Ekiden.Contracts;
using Ekiden.Submission.Composition;
using MimeKit;

namespace Ekiden.Server.Api.Sending;

/// <summary>Reads files and calendar objects of a request.</summary>
internal static class AttachmentReader
{
    private const int Most = 100;
    private const int LongestName = 255;

    private static readonly string[] Methods =
        ["REQUEST", "CANCEL", "REPLY", "PUBLISH", "ADD", "REFRESH", "COUNTER", "DECLINECOUNTER"];

    public static ImmutableArray<AttachedFile> Read(IReadOnlyList<ApiAttachment>? attachments, FieldErrors errors)
    {
        if (attachments is null) return [];
        if (attachments.Count > Most) errors.Add("/attachments", $"At most {Most} attachments");
        var files = ImmutableArray.CreateBuilder<AttachedFile>();
        for (var place = 0; place < attachments.Count; place++)
        {
            if (Read(attachments[place], $"/attachments/{place}", errors) is { } file) files.Add(file);
        }
        return files.DrainToImmutable();
    }

    public static CalendarPart? Read(ApiCalendar? calendar, FieldErrors errors)
    {
        if (calendar is null) return null;
        var method = (calendar.Method ?? "REQUEST").ToUpperInvariant();
        if (!Methods.Contains(method, StringComparer.Ordinal)) errors.Add("/calendar/method", "Not a method: RFC 5546");
        if (!calendar.Content.TrimStart().StartsWith("BEGIN:VCALENDAR", StringComparison.OrdinalIgnoreCase))
            errors.Add("/calendar/content", "Not a calendar object: it begins with BEGIN:VCALENDAR");
        return new CalendarPart(calendar.Content, method);
    }

    private static AttachedFile? Read(ApiAttachment attachment, string pointer, FieldErrors errors)
    {
        var isFine = CheckName(attachment.Filename, pointer, errors);
        var type = attachment.ContentType ?? MimeTypes.GetMimeType(attachment.Filename);
        if (FieldErrors.HasControl(type) || !ContentType.TryParse(type, out var parsed) || parsed.Parameters.Count > 1
            || parsed.IsMimeType("multipart", "*") || parsed.IsMimeType("message", "*"))
        {
            errors.Add(pointer + "/content_type", "Not the media type of a file");
            isFine = false;
        }
        if (attachment.ContentId is { } id && !IsContentId(id))
        {
            errors.Add(pointer + "/content_id", "Not a content id");
            isFine = false;
        }
        if (attachment.Disposition is not (null or "attachment" or "inline"))
        {
            errors.Add(pointer + "/disposition", "attachment or inline");
            isFine = false;
        }
        var content = Decode(attachment.Content);
        if (content is null) errors.Add(pointer + "/content", "Not base64");
        return !isFine || content is null ? null : new AttachedFile(
            attachment.Filename, type, content, attachment.ContentId?.Trim('<', '>'),
            attachment.Disposition == "inline" || (attachment.Disposition is null && attachment.ContentId is not null));
    }

    // E-T4: a name is never a path; what cannot be in a file name of some system is refused, the rest is encoded.
    private static bool CheckName(string name, string pointer, FieldErrors errors)
    {
        if (name.Length is > 0 and <= LongestName && !FieldErrors.HasControl(name)
            && name.AsSpan().IndexOfAny('/', '\\') < 0 && name is not ("." or ".."))
        {
            return true;
        }
        errors.Add(pointer + "/filename", $"Not a file name: 1 to {LongestName} characters, no path, no control ones");
        return false;
    }

    private static bool IsContentId(string id)
    {
        var bare = id.StartsWith('<') && id.EndsWith('>') ? id[1..^1] : id;
        return bare.Length is > 0 and <= LongestName && bare.All(
            letter => letter is > ' ' and <= '~' and not ('<' or '>' or '"' or '\\' or '(' or ')'));
    }

    private static byte[]? Decode(string text)
    {
        var content = new byte[(text.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(text, content, out var length) ? content[..length] : null;
    }
}
