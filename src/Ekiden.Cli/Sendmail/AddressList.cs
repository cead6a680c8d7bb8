using System.Text;

namespace Ekiden.Cli.Sendmail;

/// <summary>
/// Finds the addresses in a To, Cc or Bcc field: RFC 5322 §3.4, with display names, comments, quoted strings and
/// groups. Whether each is an address is the server's to judge.
/// </summary>
internal static class AddressList
{
    /// <summary>The addresses, as they go into RCPT, in their order.</summary>
    public static List<string> Read(string field)
    {
        var found = new List<string>();
        var item = new Item();
        for (var i = 0; i < field.Length; i++)
        {
            var letter = field[i];
            if (letter == '(') i = EndOfComment(field, i);
            else if (letter == '"') i = CopyQuoted(field, i, item.Text);
            else if (letter == '<') item.Open();
            else if (letter == '>') item.Close();
            else if (letter == '[') i = CopyLiteral(field, i, item.Text);
            else if (letter == ':' && !item.IsOpen) item = new Item(); // what came before is a group's name
            else if (letter is ',' or ';' && !item.IsOpen) item = Add(found, item);
            else item.Text.Append(letter);
        }
        Add(found, item);
        return found;
    }

    private static Item Add(List<string> found, Item item)
    {
        if (item.Address is { Length: > 0 } address) found.Add(address);
        return new Item();
    }

    // Comments nest, and a backslash takes the meaning of what follows: RFC 5322 §3.2.2.
    private static int EndOfComment(string field, int start)
    {
        var depth = 0;
        for (var i = start; i < field.Length; i++)
        {
            if (field[i] == '\\') i++;
            else if (field[i] == '(') depth++;
            else if (field[i] == ')' && --depth == 0) return i;
        }
        return field.Length;
    }

    private static int CopyQuoted(string field, int start, StringBuilder to)
    {
        to.Append('"');
        for (var i = start + 1; i < field.Length; i++)
        {
            to.Append(field[i]);
            if (field[i] == '\\' && i + 1 < field.Length) to.Append(field[++i]);
            else if (field[i] == '"') return i;
        }
        return field.Length;
    }

    private static int CopyLiteral(string field, int start, StringBuilder to)
    {
        var end = field.IndexOf(']', start);
        if (end < 0) end = field.Length - 1;
        to.Append(field, start, end - start + 1);
        return end;
    }

    // One address being read: all of its text, or what stands in angle brackets.
    private sealed class Item
    {
        private string? _inBrackets;

        public StringBuilder Text { get; } = new();

        public bool IsOpen { get; private set; }

        // White space around the parts of an address means nothing: RFC 5322 §3.2.2. A source route neither:
        // RFC 5321 §3.3.
        public string Address
        {
            get
            {
                var text = _inBrackets ?? (IsOpen ? "" : WithoutSpace(Text.ToString()));
                var route = text.StartsWith('@') ? text.IndexOf(':', StringComparison.Ordinal) : -1;
                return text[(route + 1)..];
            }
        }

        public void Open()
        {
            IsOpen = true;
            Text.Clear();
        }

        public void Close()
        {
            if (IsOpen) _inBrackets ??= WithoutSpace(Text.ToString());
            IsOpen = false;
            Text.Clear();
        }

        private static string WithoutSpace(string text)
        {
            var kept = new StringBuilder(text.Length);
            var isQuoted = false;
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == '"') isQuoted = !isQuoted;
                if (isQuoted && text[i] == '\\' && i + 1 < text.Length) kept.Append(text[i++]);
                if (isQuoted || !char.IsWhiteSpace(text[i])) kept.Append(text[i]);
            }
            return kept.ToString();
        }
    }
}
