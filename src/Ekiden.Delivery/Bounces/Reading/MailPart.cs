namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>A leaf of a message's tree of parts.</summary>
/// <param name="MediaType">In lower case, without parameters; <c>text/plain</c> where none is told.</param>
/// <param name="Headers">The part's own; for the only part those of the message.</param>
/// <param name="Body">As it was sent: every character is one octet.</param>
internal sealed record MailPart(string MediaType, HeaderFields Headers, string Body)
{
    // Attackers nest and split; nobody else needs more.
    private const int MaxDepth = 10;
    private const int MaxParts = 100;

    /// <summary>The returned message, or its header.</summary>
    public bool IsOriginal => MediaType is "message/rfc822" or "text/rfc822-headers" or "message/rfc822-headers"
        or "message/global" or "message/global-headers" or "message/partial";

    /// <summary>The leaves in their order. A part that cannot be split is one leaf.</summary>
    public static List<MailPart> ReadAll(HeaderFields headers, string body)
    {
        var parts = new List<MailPart>();
        Add(parts, headers, body, 0);
        return parts;
    }

    private static void Add(List<MailPart> parts, HeaderFields headers, string body, int depth)
    {
        if (parts.Count >= MaxParts) return;
        var type = headers.Find("Content-Type") ?? "";
        var media = MediaTypeOf(type);
        if (media.StartsWith("multipart/", StringComparison.Ordinal) && depth < MaxDepth
            && Parameter(type, "boundary") is { Length: > 0 } boundary)
        {
            var sections = Split(body, "--" + boundary);
            foreach (var (from, length) in sections)
            {
                var section = body.Substring(from, length);
                var own = HeaderFields.Read(section, out var rest);
                // A part without a header begins with an empty line: RFC 2046 §5.1.
                if (!HasMimeFields(own))
                    rest = 0;
                Add(parts, own, section[rest..], depth + 1);
            }
            if (sections.Count > 0) return;
        }
        var isWhole = media.StartsWith("multipart/", StringComparison.Ordinal);
        parts.Add(new MailPart(isWhole ? "text/plain" : media, headers, body));
    }

    private static bool HasMimeFields(HeaderFields fields) =>
        fields.All.Any(field => field.Name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase));

    private static string MediaTypeOf(string type)
    {
        var end = type.AsSpan().IndexOfAny(';', ' ');
        var media = (end < 0 ? type : type[..end]).Trim().ToLowerInvariant();
        return media.Contains('/', StringComparison.Ordinal) ? media : "text/plain";
    }

    /// <summary>A parameter of a field such as Content-Type, unquoted; null when there is none.</summary>
    public static string? Parameter(string field, string name)
    {
        var at = 0;
        while ((at = field.IndexOf(';', at)) >= 0)
        {
            at++;
            var part = field.AsSpan(at).TrimStart();
            if (!part.StartsWith(name, StringComparison.OrdinalIgnoreCase)) continue;
            var value = part[name.Length..].TrimStart();
            if (value.IsEmpty || value[0] != '=') continue;
            value = value[1..].TrimStart();
            if (!value.IsEmpty && value[0] == '"')
            {
                var quote = value[1..].IndexOf('"');
                return (quote < 0 ? value[1..] : value[1..(quote + 1)]).ToString();
            }
            var end = value.IndexOfAny(';', ' ', '\t');
            return (end < 0 ? value : value[..end]).ToString();
        }
        return null;
    }

    private static List<(int From, int Length)> Split(string body, string delimiter)
    {
        var sections = new List<(int, int)>();
        var from = -1;
        var at = 0;
        while (at <= body.Length && sections.Count < MaxParts)
        {
            var found = body.IndexOf(delimiter, at, StringComparison.Ordinal);
            if (found < 0) break;
            at = found + delimiter.Length;
            if (found > 0 && body[found - 1] != '\n') continue;
            // Another boundary that begins with this one is none of ours.
            if (at < body.Length && body[at] is not ('\n' or '-' or ' ' or '\t')) continue;
            if (from >= 0) sections.Add((from, Math.Max(0, found - 1 - from)));
            var isLast = body.AsSpan(at).StartsWith("--");
            var end = body.IndexOf('\n', at);
            from = isLast || end < 0 ? -1 : end + 1;
            if (isLast || end < 0) break;
            at = end + 1;
            // Two delimiters in a row: the next search must see the line end before the second.
            if (at > 0) at--;
        }
        // Cut off, or never closed: what is there counts.
        if (from >= 0 && from < body.Length) sections.Add((from, body.Length - from));
        return sections;
    }
}
