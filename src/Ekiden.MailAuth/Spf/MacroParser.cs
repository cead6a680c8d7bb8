using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ekiden.MailAuth.Spf;

/// <summary>Reads macro strings: the grammar of RFC 7208 §7.1. Never throws: what is wrong is false.</summary>
internal static class MacroParser
{
    private static readonly SearchValues<char> Letters = SearchValues.Create("slodiphvSLODIPHV");
    private static readonly SearchValues<char> ExplanationLetters = SearchValues.Create("slodiphvcrtSLODIPHVCRT");
    private static readonly SearchValues<char> Delimiters = SearchValues.Create(".-+,/_=");

    /// <summary>The name of a domain: it ends with a macro, or with a dot and a label that can be the last.</summary>
    internal static bool TryReadDomain(ReadOnlySpan<char> text, [NotNullWhen(true)] out MacroString? domain) =>
        TryRead(text, Letters, allowBlanks: false, out domain, out var endsWithMacro)
        && (endsWithMacro || EndsWithLabel(text));

    /// <summary>The value of a modifier nobody knows: only its syntax counts.</summary>
    internal static bool IsMacroString(ReadOnlySpan<char> text) =>
        TryRead(text, Letters, allowBlanks: false, out _, out _);

    /// <summary>The text of an explanation, in which blanks and three more letters may stand: §6.2.</summary>
    internal static bool TryReadExplanation(
        ReadOnlySpan<char> text, [NotNullWhen(true)] out MacroString? explanation) =>
        TryRead(text, ExplanationLetters, allowBlanks: true, out explanation, out _);

    private static bool TryRead(
        ReadOnlySpan<char> text, SearchValues<char> letters, bool allowBlanks,
        [NotNullWhen(true)] out MacroString? read, out bool endsWithMacro)
    {
        read = null;
        endsWithMacro = false;
        var pieces = ImmutableArray.CreateBuilder<MacroPiece>();
        var literal = new StringBuilder();
        while (!text.IsEmpty)
        {
            var length = 1;
            endsWithMacro = text[0] == '%';
            if (!endsWithMacro)
            {
                if (text[0] is < ' ' or > '~' || (text[0] == ' ' && !allowBlanks)) return false;
                literal.Append(text[0]);
            }
            else if (text.Length > 1 && Escaped(text[1]) is { } escaped)
            {
                literal.Append(escaped);
                length = 2;
            }
            else
            {
                if (!TryReadMacro(text, letters, out var macro, out length)) return false;
                Flush(literal, pieces);
                pieces.Add(macro);
            }
            text = text[length..];
        }
        Flush(literal, pieces);
        read = new MacroString(pieces.ToImmutable());
        return true;
    }

    private static string? Escaped(char character) => character switch
    {
        '%' => "%",
        '_' => " ",
        '-' => "%20",
        _ => null,
    };

    private static bool TryReadMacro(
        ReadOnlySpan<char> text, SearchValues<char> letters,
        [NotNullWhen(true)] out MacroPiece.Macro? macro, out int length)
    {
        macro = null;
        length = text.IndexOf('}') + 1;
        if (length < 4 || text[1] != '{' || !letters.Contains(text[2])) return false;
        var letter = text[2];
        var transformers = text[3..(length - 1)];
        var digits = transformers.IndexOfAnyExceptInRange('0', '9');
        if (digits < 0) digits = transformers.Length;
        var parts = int.MaxValue;
        if (digits > 0)
        {
            // more digits than fit keep everything; none is no number of parts
            if (!int.TryParse(transformers[..digits], out parts)) parts = int.MaxValue;
            if (parts == 0) return false;
        }
        var rest = transformers[digits..];
        var isReversed = rest is ['r' or 'R', ..];
        if (isReversed) rest = rest[1..];
        if (rest.ContainsAnyExcept(Delimiters)) return false;
        macro = new MacroPiece.Macro(
            char.ToLowerInvariant(letter), char.IsAsciiLetterUpper(letter), parts, isReversed,
            rest.IsEmpty ? "." : rest.ToString());
        return true;
    }

    // toplabel: letters, digits and inner hyphens, not digits alone
    private static bool EndsWithLabel(ReadOnlySpan<char> text)
    {
        if (text is [.., '.']) text = text[..^1];
        var dot = text.LastIndexOf('.');
        if (dot < 0) return false;
        var label = text[(dot + 1)..];
        if (label.IsEmpty || label[0] == '-' || label[^1] == '-') return false;
        var isNumber = true;
        foreach (var character in label)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '-') return false;
            isNumber &= char.IsAsciiDigit(character);
        }
        return !isNumber;
    }

    private static void Flush(StringBuilder literal, ImmutableArray<MacroPiece>.Builder pieces)
    {
        if (literal.Length > 0) pieces.Add(new MacroPiece.Literal(literal.ToString()));
        literal.Clear();
    }
}
