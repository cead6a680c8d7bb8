using System.Buffers;
using System.Text;

namespace Ekiden.Mail.Headers;

/// <summary>Cuts a structured field into tokens; blanks and comments are skipped, however deep.</summary>
internal sealed class HeaderTokenReader(string text)
{
    private static readonly SearchValues<char> Blanks = SearchValues.Create(" \t");
    private int _position;

    internal HeaderToken Peek()
    {
        var position = _position;
        var token = Next();
        _position = position;
        return token;
    }

    internal HeaderToken Next()
    {
        if (!SkipCommentsAndBlanks()) return Bad("a comment that does not end, or holds a control character");
        if (_position == text.Length) return new(HeaderTokenKind.End, "");
        var character = text[_position];
        switch (character)
        {
            case '.':
                _position++;
                return new(HeaderTokenKind.Dot, ".");
            case '<' or '>' or ',' or ':' or ';' or '@':
                _position++;
                return new(HeaderTokenKind.Special, character.ToString());
            case '"':
                return ReadQuoted();
            case '[':
                return ReadLiteral();
        }
        var start = _position;
        while (_position < text.Length && IsAtomCharacter(text[_position])) _position++;
        return _position > start
            ? new(HeaderTokenKind.Atom, text[start.._position])
            : Bad("a character that may not stand there");
    }

    private static bool IsAtomCharacter(char character) =>
        !char.IsAscii(character) || (character != '.' && LocalPartForm.AtomsAndDot.Contains(character));

    // Comments nest; a counter is enough. A control character is the escape of a charset, whose text reads differently.
    private bool SkipCommentsAndBlanks()
    {
        var depth = 0;
        for (; _position < text.Length; _position++)
        {
            var character = text[_position];
            if (character == '(') depth++;
            else if (depth == 0 && !Blanks.Contains(character)) return true;
            else if (char.IsControl(character) && character != '\t') return false;
            else if (character == ')') depth--;
            else if (character == '\\') _position++;
        }
        _position = text.Length;
        return depth == 0;
    }

    private HeaderToken ReadQuoted()
    {
        var content = new StringBuilder();
        for (_position++; _position < text.Length; _position++)
        {
            var character = text[_position];
            if (character == '"')
            {
                _position++;
                return new(HeaderTokenKind.Quoted, content.ToString());
            }
            if (character == '\\' && ++_position < text.Length) character = text[_position];
            if (char.IsControl(character) && character != '\t') return Bad("a control character in quotes");
            content.Append(character);
        }
        return Bad("a quoted string does not end");
    }

    private HeaderToken ReadLiteral()
    {
        var end = text.AsSpan(_position).IndexOf(']');
        if (end < 0) return Bad("a bracket does not close");
        var literal = text.Substring(_position, end + 1);
        _position += end + 1;
        return new(HeaderTokenKind.Literal, literal);
    }

    private static HeaderToken Bad(string why) => new(HeaderTokenKind.Bad, why);
}
