using System.Buffers;
using System.Text;

namespace Ekiden.Mail.Headers;

/// <summary>Kinds of <see cref="HeaderToken"/>.</summary>
internal enum HeaderTokenKind : byte
{
    /// <summary>Nothing is left.</summary>
    End,

    /// <summary>The text breaks a rule; the token's text says which.</summary>
    Bad,

    /// <summary>An atom: RFC 5322 §3.2.3.</summary>
    Atom,

    /// <summary>A quoted string, its quotes and backslashes taken off: §3.2.4.</summary>
    Quoted,

    /// <summary>A domain literal with its brackets: §3.4.1.</summary>
    Literal,

    /// <summary>A dot.</summary>
    Dot,

    /// <summary>One of <c>&lt; &gt; , : ; @</c>.</summary>
    Special,
}

/// <summary>A lexical token of a structured header field: RFC 5322 §3.2.</summary>
internal readonly record struct HeaderToken(HeaderTokenKind Kind, string Text)
{
    internal bool Is(char special) => Kind == HeaderTokenKind.Special && Text[0] == special;
}

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

/// <summary>Puts tokens together again.</summary>
internal static class HeaderTokens
{
    /// <summary>A display name to show: words with single blanks between them, encoded words decoded.</summary>
    internal static string DisplayName(List<HeaderToken> words)
    {
        var name = new StringBuilder();
        foreach (var word in words)
        {
            if (name.Length > 0 && word.Kind != HeaderTokenKind.Dot) name.Append(' ');
            name.Append(word.Text);
        }
        return SafeText.Of(EncodedWords.Decode(name.ToString()));
    }

    /// <summary>
    /// The address of a local part and a domain, in the form that <see cref="Mailbox"/> reads; null when the words are no
    /// local part. Words between dots may be quoted each (obsolete, RFC 5322 §4.4).
    /// </summary>
    internal static string? LocalPart(List<HeaderToken> words, string domain)
    {
        var text = new StringBuilder();
        var isQuoted = false;
        var alternates = words.Count % 2 == 1;
        for (var i = 0; i < words.Count; i++)
        {
            var isDot = words[i].Kind == HeaderTokenKind.Dot;
            if (words[i].Kind == HeaderTokenKind.Literal) return null;
            if (!isDot && i > 0 && words[i - 1].Kind != HeaderTokenKind.Dot) return null;
            alternates &= isDot == (i % 2 == 1);
            isQuoted |= words[i].Kind == HeaderTokenKind.Quoted;
            text.Append(words[i].Text);
        }
        if (!isQuoted) return $"{text}@{domain}"; // dots are judged by the domain
        return alternates ? LocalPartForm.Quote(text.ToString(), domain) : null;
    }
}
