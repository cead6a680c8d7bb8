using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ekiden.Submission.Composition;

/// <summary>
/// Text as ISO-2022-JP: ASCII and JIS X 0208 and nothing else, whatever more Windows code pages would write under that
/// name. RFC 1468; japan.md §4.
/// </summary>
public static class Iso2022Jp
{
    /// <summary>The name of the charset in headers.</summary>
    public const string Name = "iso-2022-jp";

    private const byte Escape = 0x1B;

    // Octets of one encoded-word at most: RFC 2047 §2.
    private const int LongestWord = 75;

    private const char FirstHalfWidth = '\uFF61';
    private const char LastHalfWidth = '\uFF9F';
    private const string FullWidth = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜";
    private const string Voiced = "カキクケコサシスセソタチツテトハヒフヘホ";
    private const string HalfVoiced = "ハヒフヘホ";

    private static readonly Encoding ShiftJis = CodePagesEncodingProvider.Instance.GetEncoding(
        932, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
        ?? throw new NotSupportedException("The runtime has no code page 932");

    // Two mappings of the same character are in use; Windows' side of each is the one that its table knows.
    private static readonly Dictionary<char, char> SameCharacter = new()
    {
        ['\u301C'] = '\uFF5E',
        ['\u2212'] = '\uFF0D',
        ['\u2016'] = '\u2225',
        ['\u2014'] = '\u2015',
        ['\u00A2'] = '\uFFE0',
        ['\u00A3'] = '\uFFE1',
        ['\u00AC'] = '\uFFE2',
    };

    // What people write with characters that makers of machines added, in characters that everybody has.
    private static readonly Dictionary<string, string> Replacements = MakeReplacements();

    /// <summary>The octets; false when a character is in neither set. Half-width kana become full width.</summary>
    public static bool TryEncode(string text, [NotNullWhen(true)] out byte[]? octets)
    {
        var writer = new Writer(text.Length);
        var isComplete = true;
        foreach (var letter in WidenKana(text)) isComplete = isComplete && writer.TryAdd(letter);
        octets = isComplete ? writer.Finish() : null;
        return isComplete;
    }

    /// <summary>Every character is in ASCII or JIS X 0208, after half-width kana became full width.</summary>
    public static bool CanEncode(string text) => TryEncode(text, out _);

    /// <summary>The text with every other character replaced: from a table, or by <c>〓</c>, the printer's
    /// mark for a missing letter.</summary>
    public static string Replace(string text)
    {
        var replaced = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var letter = rune.ToString();
            if (CanEncode(letter)) replaced.Append(letter);
            else replaced.Append(Replacements.GetValueOrDefault(letter, "〓"));
        }
        return replaced.ToString();
    }

    /// <summary>
    /// A header value: as it is where it is ASCII, else in encoded-words (RFC 2047), each of which begins and ends in
    /// ASCII and holds whole characters. Lines are folded.
    /// </summary>
    /// <exception cref="ArgumentException">A character is in neither set.</exception>
    public static string EncodeHeader(string text)
    {
        if (Ascii.IsValid(text) && !text.Contains("=?", StringComparison.Ordinal)) return text;
        var words = new List<string>();
        var rest = WidenKana(text);
        while (rest.Length > 0)
        {
            var (word, length) = LongestFit(rest);
            words.Add(word);
            rest = rest[length..];
        }
        return string.Join("\r\n ", words);
    }

    private static (string Word, int Length) LongestFit(string text)
    {
        for (var length = Math.Min(text.Length, LongestWord / 2); length > 0; length--)
        {
            if (!TryEncode(text[..length], out var octets)) continue;
            var word = $"=?ISO-2022-JP?B?{Convert.ToBase64String(octets)}?=";
            if (word.Length <= LongestWord) return (word, length);
        }
        throw new ArgumentException("A character is not in ISO-2022-JP", nameof(text));
    }

    // T4: a sound mark is a character of its own in half width, and part of the letter in full width. The runtime's
    // own tables are not asked: it is built without them (invariant globalization).
    private static string WidenKana(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange(FirstHalfWidth, LastHalfWidth) < 0) return text;
        var wide = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is < FirstHalfWidth or > LastHalfWidth)
            {
                wide.Append(text[at]);
                continue;
            }
            var letter = FullWidth[text[at] - FirstHalfWidth];
            var mark = at + 1 < text.Length ? text[at + 1] : '\0';
            var marked = mark switch
            {
                'ﾞ' when letter == 'ウ' => 'ヴ',
                'ﾞ' when Voiced.Contains(letter, StringComparison.Ordinal) => (char)(letter + 1),
                'ﾟ' when HalfVoiced.Contains(letter, StringComparison.Ordinal) => (char)(letter + 2),
                _ => letter,
            };
            if (marked != letter) at++;
            wide.Append(marked);
        }
        return wide.ToString();
    }

    private static Dictionary<string, string> MakeReplacements()
    {
        var table = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["㈱"] = "(株)",
            ["㈲"] = "(有)",
            ["㈹"] = "(代)",
            ["№"] = "No.",
            ["℡"] = "TEL",
            ["髙"] = "高",
            ["﨑"] = "崎",
            ["㍻"] = "平成",
            ["㍼"] = "昭和",
            ["㍽"] = "大正",
            ["㍾"] = "明治",
            ["㋿"] = "令和",
            ["㎜"] = "mm",
            ["㎝"] = "cm",
            ["㎞"] = "km",
            ["㎎"] = "mg",
            ["㎏"] = "kg",
            ["㏄"] = "cc",
            ["㎡"] = "m2",
            ["–"] = "-",
            ["‐"] = "-",
            ["•"] = "・",
            ["©"] = "(C)",
            ["®"] = "(R)",
            ["™"] = "(TM)",
            ["\u00A0"] = " ",
            ["¥"] = "￥",
        };
        for (var number = 1; number <= 20; number++) table[$"{(char)(0x2460 + number - 1)}"] = $"({number})";
        string[] roman = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"];
        for (var number = 0; number < roman.Length; number++)
        {
            table[$"{(char)(0x2160 + number)}"] = roman[number];
            table[$"{(char)(0x2170 + number)}"] = roman[number].ToLowerInvariant();
        }
        return table;
    }

    // Shifts between the two sets, and is in ASCII at the end of every line (RFC 1468).
    private sealed class Writer(int length)
    {
        private readonly List<byte> _octets = new(length * 3);
        private bool _isJapanese;

        public bool TryAdd(char letter)
        {
            if (letter < 0x80)
            {
                if (letter is (char)Escape or '\u000E' or '\u000F') return false; // would shift the reader
                Shift(isJapanese: false);
                _octets.Add((byte)letter);
                return true;
            }
            if (!TryFindCell(SameCharacter.GetValueOrDefault(letter, letter), out var row, out var cell)) return false;
            Shift(isJapanese: true);
            _octets.Add(row);
            _octets.Add(cell);
            return true;
        }

        public byte[] Finish()
        {
            Shift(isJapanese: false);
            return [.. _octets];
        }

        private void Shift(bool isJapanese)
        {
            if (_isJapanese == isJapanese) return;
            _isJapanese = isJapanese;
            _octets.AddRange(isJapanese ? [Escape, (byte)'$', (byte)'B'] : [Escape, (byte)'(', (byte)'B']);
        }

        // Rows 1 to 8 and 16 to 84 are the standard's; 13 and from 89 on are the makers'.
        private static bool TryFindCell(char letter, out byte row, out byte cell)
        {
            (row, cell) = (0, 0);
            Span<byte> shifted = stackalloc byte[4];
            try
            {
                if (char.IsSurrogate(letter) || ShiftJis.GetBytes([letter], shifted) != 2) return false;
            }
            catch (EncoderFallbackException)
            {
                return false;
            }
            var (lead, trail) = (shifted[0], shifted[1]);
            var first = ((lead < 0xE0 ? lead - 0x81 : lead - 0xC1) * 2) + (trail >= 0x9F ? 1 : 0) + 1;
            var within = trail >= 0x9F ? trail - 0x9E : trail - (trail > 0x7F ? 0x40 : 0x3F);
            (row, cell) = ((byte)(first + 0x20), (byte)(within + 0x20));
            return first is (>= 1 and <= 8) or (>= 16 and <= 84);
        }
    }
}
