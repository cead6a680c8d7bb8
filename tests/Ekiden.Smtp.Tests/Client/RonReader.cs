using System.Text;

namespace Ekiden.Smtp.Tests.Client;

/// <summary>
/// Reads as much of Rusty Object Notation as the cases use. Structs and maps become dictionaries, lists arrays, a name
/// with arguments a <see cref="Named"/>, everything else a string.
/// </summary>
internal sealed class RonReader(string text)
{
    private int _at;

    public sealed record Named(string Name, object[] Arguments);

    public static Dictionary<string, object> Read(string text) =>
        (Dictionary<string, object>)new RonReader(text).Value();

    private object Value()
    {
        switch (Peek())
        {
            case '(':
                return Pairs('(', ')');
            case '{':
                return Pairs('{', '}');
            case '[':
                return Items('[', ']');
            case '"':
                return Quoted();
            default:
                var name = Word();
                return Peek() == '(' ? Arguments(name) : name;
        }
    }

    // Name(key: value) is a struct, Name(value, value) a tuple.
    private object Arguments(string name)
    {
        var start = _at;
        try
        {
            return Pairs('(', ')');
        }
        catch (FormatException)
        {
            _at = start;
            return new Named(name, Items('(', ')'));
        }
    }

    private Dictionary<string, object> Pairs(char open, char close)
    {
        var pairs = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
        Take(open);
        while (Peek() != close)
        {
            var key = Peek() == '"' ? Quoted() : Word();
            Take(':');
            pairs[key] = Value();
            if (Peek() == ',') Take(',');
        }
        Take(close);
        return pairs;
    }

    private object[] Items(char open, char close)
    {
        var items = new List<object>();
        Take(open);
        while (Peek() != close)
        {
            items.Add(Value());
            if (Peek() == ',') Take(',');
        }
        Take(close);
        return [.. items];
    }

    private string Quoted()
    {
        Take('"');
        var content = new StringBuilder();
        for (; text[_at] != '"'; _at++)
        {
            if (text[_at] != '\\')
            {
                content.Append(text[_at]);
                continue;
            }
            _at++;
            content.Append(text[_at] switch { 'r' => '\r', 'n' => '\n', 't' => '\t', '0' => '\0', var other => other });
        }
        _at++;
        return content.ToString();
    }

    private string Word()
    {
        var start = _at;
        while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] is '_' or '-' or '.')) _at++;
        return _at > start ? text[start.._at] : throw new FormatException($"A word was expected at {_at}.");
    }

    private char Peek()
    {
        while (true)
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
            if (_at + 1 >= text.Length || text[_at] != '/' || text[_at + 1] != '/') break;
            while (_at < text.Length && text[_at] != '\n') _at++;
        }
        return _at < text.Length ? text[_at] : throw new FormatException("The text ends too early.");
    }

    private void Take(char expected)
    {
        if (Peek() != expected) throw new FormatException($"'{expected}' was expected at {_at}.");
        _at++;
    }
}
