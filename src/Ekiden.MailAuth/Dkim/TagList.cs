using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ekiden.MailAuth.Dkim;

/// <summary>A list <c>name=value; name=value</c>: RFC 6376 §3.2. No name stands twice; values are unfolded.</summary>
internal sealed class TagList
{
    private readonly List<(string Name, string Value)> _tags = [];

    private TagList() { }

    /// <summary>The first tag's name; null when there is none.</summary>
    internal string? FirstName => _tags.Count > 0 ? _tags[0].Name : null;

    /// <summary>The value of a tag, blanks at its ends taken off; null when the tag is not there.</summary>
    internal string? Find(string name)
    {
        foreach (var tag in _tags)
            if (tag.Name == name) return tag.Value; // case counts
        return null;
    }

    internal static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out TagList? tags) =>
        TryParse(Encoding.UTF8.GetString(text), out tags);

    internal static bool TryParse(string text, [NotNullWhen(true)] out TagList? tags)
    {
        tags = null;
        var list = new TagList();
        var rest = Unfold(text).AsSpan().TrimEnd(" \t");
        if (rest is [.., ';']) rest = rest[..^1];
        if (rest.ContainsAnyInRange('\0', '\x08') || rest.ContainsAnyInRange('\x0A', '\x1F')) return false;
        if (rest.ContainsAny('\x7F', '\uFFFD')) return false;
        foreach (var range in rest.Split(';'))
        {
            var tag = rest[range];
            var equals = tag.IndexOf('=');
            if (equals < 0) return false;
            var name = tag[..equals].Trim(" \t");
            if (!IsName(name) || list.Find(name.ToString()) is not null) return false;
            list._tags.Add((name.ToString(), tag[(equals + 1)..].Trim(" \t").ToString()));
        }
        tags = list;
        return true;
    }

    /// <summary>
    /// Where the value of a tag of one letter lies in a field: all between its <c>=</c> and the next <c>;</c>.
    /// </summary>
    /// <returns>The end and nothing when there is none.</returns>
    internal static (int Start, int Length) FindValue(ReadOnlySpan<byte> field, byte letter)
    {
        var start = 0;
        while (start < field.Length)
        {
            var length = field[start..].IndexOf((byte)';');
            if (length < 0) length = field.Length - start;
            var tag = field.Slice(start, length);
            var equals = tag.IndexOf((byte)'=');
            if (equals > 0 && tag[..equals].Trim(" \t\r\n"u8) is [var only] && only == letter)
                return (start + equals + 1, length - equals - 1);
            start += length + 1;
        }
        return (field.Length, 0);
    }

    /// <summary>Base64 with blanks anywhere (§3.5, <c>b=</c>); false when it is none.</summary>
    internal static bool TryDecode(string value, out byte[] bytes)
    {
        bytes = [];
        if (value.AsSpan().ContainsAny("\r\n")) return false;
        var buffer = new byte[(value.Length / 4 * 3) + 3];
        if (!Convert.TryFromBase64String(value, buffer, out var length)) return false;
        bytes = buffer[..length];
        return true;
    }

    // A CRLF before a blank is a fold; any other is no part of a value and stays, to be refused.
    private static string Unfold(string text)
    {
        if (!text.Contains('\n', StringComparison.Ordinal)) return text;
        return text.Replace("\r\n ", " ", StringComparison.Ordinal).Replace("\r\n\t", "\t", StringComparison.Ordinal);
    }

    // ALPHA *( ALPHA / DIGIT / "_" )
    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || !char.IsAsciiLetter(name[0])) return false;
        foreach (var character in name)
            if (!char.IsAsciiLetterOrDigit(character) && character != '_') return false;
        return true;
    }
}
