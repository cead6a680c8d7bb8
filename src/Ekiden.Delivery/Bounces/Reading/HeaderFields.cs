using Ekiden.Mail.Headers;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>The fields at the beginning of a text; what is not a field ends them.</summary>
internal sealed class HeaderFields
{
    private const int MaxFields = 1000;

    private readonly List<(string Name, string Value)> _fields = [];

    private HeaderFields()
    {
    }

    /// <summary>How many fields there are.</summary>
    public int Count => _fields.Count;

    /// <summary>In their order, with the lines of each joined by one space.</summary>
    public IReadOnlyList<(string Name, string Value)> All => _fields;

    /// <summary>
    /// Reads fields up to the first empty line, or the first one that is no field.
    /// </summary>
    /// <param name="text">Lines that end with LF.</param>
    /// <param name="rest">Where the body begins.</param>
    public static HeaderFields Read(string text, out int rest)
    {
        var fields = new HeaderFields();
        var at = 0;
        while (at < text.Length && fields.Count < MaxFields)
        {
            var end = EndOfLine(text, at);
            var line = text.AsSpan(at, end - at);
            if (line.IsWhiteSpace())
            {
                // A blank line before the first field is a program's slip.
                at = Math.Min(end + 1, text.Length);
                if (fields.Count > 0) break;
                continue;
            }
            if (line[0] is ' ' or '\t' && fields.Count > 0)
                fields.Continue(line);
            else if (!fields.TryAdd(line))
                break;
            at = Math.Min(end + 1, text.Length);
        }
        rest = at;
        return fields;
    }

    /// <summary>The first value with that name, encoded words as they are; null when there is none.</summary>
    public string? Find(string name)
    {
        foreach (var (known, value) in _fields)
        {
            if (known.Equals(name, StringComparison.OrdinalIgnoreCase)) return value;
        }
        return null;
    }

    /// <summary>The first value with that name, decoded for people; empty when there is none.</summary>
    public string Text(string name) => Find(name) is { } value ? EncodedWords.Decode(value) : "";

    /// <summary>Every value with that name.</summary>
    public IEnumerable<string> FindAll(string name) =>
        _fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(field => field.Value);

    private static int EndOfLine(string text, int from)
    {
        var end = text.IndexOf('\n', from);
        return end < 0 ? text.Length : end;
    }

    // Long values are cut: nothing that is looked for is that long.
    private void Continue(ReadOnlySpan<char> line)
    {
        const int Most = 16 * 1024;
        var (name, value) = _fields[^1];
        if (value.Length < Most) _fields[^1] = (name, $"{value} {line.Trim()}");
    }

    private bool TryAdd(ReadOnlySpan<char> line)
    {
        var colon = line.IndexOf(':');
        if (colon <= 0) return false;
        var name = line[..colon].TrimEnd();
        // RFC 5322 §2.2: printable, no space, no colon.
        if (name.Length is 0 or > 76 || name.IndexOfAnyExceptInRange('!', '~') >= 0) return false;
        _fields.Add((name.ToString(), line[(colon + 1)..].Trim().ToString()));
        return true;
    }
}
