using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ekiden.Contracts;

namespace Ekiden.Server.Api.Suppressions;

/// <summary>
/// Reads lists of suppressed addresses as services export them: CSV with a header line, one JSON object a line, or JSON
/// with an array in it. Columns are known by their names (SendGrid, Amazon SES, Mailgun, Postmark and our own).
/// </summary>
internal static class SuppressionFile
{
    private static readonly FrozenSet<string> Emails =
        Names("email", "emailaddress", "address", "recipient", "destination");

    private static readonly FrozenSet<string> Kinds =
        Names("kind", "type", "suppressionreason", "bouncetype", "reason");

    private static readonly FrozenSet<string> Times =
        Names("firstat", "createdat", "created", "lastupdatetime", "date", "timestamp");

    private static readonly FrozenSet<string> Texts = Names("text", "error", "status", "description", "reason");

    private static readonly (string Part, string Kind)[] Words =
    [
        ("complaint", "complaint"), ("spam", "complaint"), ("unsub", "unsubscribe"), ("soft", "soft_bounce"),
        ("block", "soft_bounce"), ("manual", "manual"), ("bounce", "hard_bounce"), ("hard", "hard_bounce"),
        ("invalid", "hard_bounce"),
    ];

    /// <summary>The entries, with the number of the line each stands in.</summary>
    /// <param name="text">The file.</param>
    /// <param name="kind">What an entry is whose line does not say it.</param>
    public static IEnumerable<(int Line, SuppressionRequest Entry)> Read(string text, string kind)
    {
        var start = text.AsSpan().TrimStart();
        var rows = start.StartsWith("{") || start.StartsWith("[") ? ReadJson(text) : ReadCsv(text);
        foreach (var (line, fields) in rows) yield return (line, ToEntry(fields, kind));
    }

    private static SuppressionRequest ToEntry(Dictionary<string, string> fields, string kind)
    {
        var said = fields.Where(field => Kinds.Contains(field.Key))
            .Select(field => KindOf(field.Value)).FirstOrDefault(found => found is not null);
        return new SuppressionRequest
        {
            Email = Value(fields, Emails) ?? "",
            Kind = said ?? kind,
            Stream = fields.GetValueOrDefault("stream") is { Length: > 0 } stream ? stream : null,
            ListId = fields.GetValueOrDefault("listid") is { Length: > 0 } list ? list : null,
            Reason = Value(fields, Texts),
            FirstAt = TimeOf(Value(fields, Times)),
            ExpiresAt = TimeOf(fields.GetValueOrDefault("expiresat")),
        };
    }

    private static string? KindOf(string value)
    {
        var word = value.Trim().ToLowerInvariant();
        return word.Length > 40
            ? null
            : Words.FirstOrDefault(entry => word.Contains(entry.Part, StringComparison.Ordinal)).Kind;
    }

    // SendGrid and Mailgun write seconds since 1970, or a date of RFC 5322; the others RFC 3339.
    private static DateTimeOffset? TimeOf(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return seconds < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        return DateTimeOffset.TryParse(
            text.Replace(" UTC", " +0000", StringComparison.Ordinal), CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    private static IEnumerable<(int Line, Dictionary<string, string> Fields)> ReadCsv(string text)
    {
        string[]? header = null;
        var number = 0;
        foreach (var line in text.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            var cells = Cells(line.TrimEnd('\r'));
            if (header is null)
            {
                header = [.. cells.Select(Name)];
                if (header.Any(Emails.Contains)) continue;
                header = ["email"]; // no header: addresses alone
            }
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            for (var i = 0; i < Math.Min(header.Length, cells.Count); i++) fields[header[i]] = cells[i];
            yield return (number, fields);
        }
    }

    // RFC 4180 §2, without line breaks inside a cell. A leading ' is what exports put before formulas (K-R8).
    private static List<string> Cells(string line)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            var letter = line[i];
            if (letter == '"' && isQuoted && i + 1 < line.Length && line[i + 1] == '"') cell.Append(line[i++]);
            else if (letter == '"') isQuoted = !isQuoted;
            else if (letter == ',' && !isQuoted) Next();
            else cell.Append(letter);
        }
        Next();
        return cells;

        void Next()
        {
            var value = cell.ToString().Trim();
            cells.Add(value.StartsWith('\'') ? value[1..] : value);
            cell.Clear();
        }
    }

    private static IEnumerable<(int Line, Dictionary<string, string> Fields)> ReadJson(string text)
    {
        if (TryParse(text, out var whole))
        {
            var items = whole.ValueKind == JsonValueKind.Array
                ? whole
                : whole.EnumerateObject().Select(member => member.Value)
                    .FirstOrDefault(value => value.ValueKind == JsonValueKind.Array);
            if (items.ValueKind != JsonValueKind.Array)
            {
                yield return (1, Fields(whole));
                yield break;
            }
            var place = 0;
            foreach (var item in items.EnumerateArray()) yield return (++place, Fields(item));
            yield break;
        }
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
                yield return (number, TryParse(line, out var one) ? Fields(one) : []);
        }
    }

    private static bool TryParse(string text, out JsonElement element)
    {
        try
        {
            element = JsonElement.Parse(text);
            return element.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
        }
        catch (JsonException)
        {
            element = default; // not one value: maybe one on every line
            return false;
        }
    }

    private static Dictionary<string, string> Fields(JsonElement item)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (item.ValueKind != JsonValueKind.Object) return fields;
        foreach (var member in item.EnumerateObject())
        {
            if (member.Value.ValueKind is JsonValueKind.Object)
            {
                foreach (var (name, value) in Fields(member.Value)) fields.TryAdd(name, value);
            }
            else if (member.Value.ValueKind is not JsonValueKind.Null)
            {
                fields[Name(member.Name)] = member.Value.ToString();
            }
        }
        return fields;
    }

    private static string? Value(Dictionary<string, string> fields, FrozenSet<string> names) =>
        fields.FirstOrDefault(field => names.Contains(field.Key) && field.Value.Length > 0).Value;

    private static string Name(string name) => name.Trim().ToLowerInvariant()
        .Replace("_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);

    private static FrozenSet<string> Names(params string[] names) => names.ToFrozenSet(StringComparer.Ordinal);
}
