using System.Globalization;
using System.Text;

namespace Ekiden.Mail;

/// <summary>
/// Mapping and composition of characters, read from IdnaTable.txt when the first name outside ASCII comes: the process
/// runs without ICU (InvariantGlobalization), where <see cref="string.Normalize()"/> and IdnMapping map nothing.
/// </summary>
internal sealed class IdnaTable
{
    private static readonly Lazy<IdnaTable> Loaded = new(() => new IdnaTable());

    private readonly Dictionary<Rune, Rune[]> _mapped = [];
    private readonly Dictionary<(Rune First, Rune Second), Rune> _composed = [];
    private readonly Dictionary<Rune, (Rune First, Rune Second)> _decomposed = [];
    private readonly Dictionary<Rune, byte> _classes = [];

    private IdnaTable()
    {
        using var stream = typeof(IdnaTable).Assembly.GetManifestResourceStream("IdnaTable.txt")
            ?? throw new InvalidOperationException("IdnaTable.txt is not in the assembly");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            switch (fields[0])
            {
                case "M":
                    _mapped[ToRune(fields[1])] = [.. fields.Skip(2).Select(ToRune)];
                    break;
                case "C":
                    _composed[(ToRune(fields[1]), ToRune(fields[2]))] = ToRune(fields[3]);
                    _decomposed[ToRune(fields[3])] = (ToRune(fields[1]), ToRune(fields[2]));
                    break;
                case "K":
                    for (var code = ToRune(fields[1]).Value; code <= ToRune(fields[2]).Value; code++)
                        _classes[new Rune(code)] = byte.Parse(fields[3], CultureInfo.InvariantCulture);
                    break;
            }
        }
    }

    /// <summary>The table.</summary>
    internal static IdnaTable Instance => Loaded.Value;

    /// <summary>The canonical combining class; 0 for most characters.</summary>
    internal byte CombiningClass(Rune rune) => _classes.GetValueOrDefault(rune);

    /// <summary>Adds what a character becomes, taken apart as far as it goes.</summary>
    internal void Map(Rune rune, List<Rune> output)
    {
        if (rune.IsAscii) output.Add(Rune.ToLowerInvariant(rune));
        else if (!_mapped.TryGetValue(rune, out var mapped)) Decompose(rune, output);
        else foreach (var part in mapped) Decompose(part, output);
    }

    /// <summary>Puts combining marks in order and composes: NFC, UAX 15 §1.3.</summary>
    internal void Compose(List<Rune> text)
    {
        Reorder(text);
        var (starter, last, length) = (-1, (byte)0, 0);
        for (var i = 0; i < text.Count; i++)
        {
            var combining = CombiningClass(text[i]);
            var isBlocked = starter != length - 1 && (last >= combining || last == 0);
            if (starter >= 0 && !isBlocked && TryCompose(text[starter], text[i], out var composed))
            {
                text[starter] = composed;
                continue;
            }
            if (combining == 0) starter = length;
            last = combining;
            text[length++] = text[i];
        }
        text.RemoveRange(length, text.Count - length);
    }

    private static Rune ToRune(string hexadecimal) =>
        new(int.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    // At most four levels deep in Unicode: a loop over the first part, the second is never taken apart.
    private void Decompose(Rune rune, List<Rune> output)
    {
        var start = output.Count;
        if (Hangul.TryDecompose(rune, output)) return;
        while (_decomposed.TryGetValue(rune, out var pair))
        {
            output.Insert(start, pair.Second);
            rune = pair.First;
        }
        output.Insert(start, rune);
    }

    private void Reorder(List<Rune> text)
    {
        for (var i = 1; i < text.Count; i++)
        {
            var combining = CombiningClass(text[i]);
            for (var j = i; combining != 0 && j > 0 && CombiningClass(text[j - 1]) > combining; j--)
                (text[j - 1], text[j]) = (text[j], text[j - 1]);
        }
    }

    private bool TryCompose(Rune first, Rune second, out Rune composed) =>
        _composed.TryGetValue((first, second), out composed) || Hangul.TryCompose(first, second, out composed);

    /// <summary>Syllables that are computed, not listed: The Unicode Standard §3.12.</summary>
    private static class Hangul
    {
        private const int Syllables = 0xAC00, Leading = 0x1100, Vowels = 0x1161, Trailing = 0x11A7;
        private const int LeadingCount = 19, VowelCount = 21, TrailingCount = 28;

        internal static bool TryDecompose(Rune rune, List<Rune> output)
        {
            var index = rune.Value - Syllables;
            if (index is < 0 or >= LeadingCount * VowelCount * TrailingCount) return false;
            output.Add(new Rune(Leading + (index / (VowelCount * TrailingCount))));
            output.Add(new Rune(Vowels + (index / TrailingCount % VowelCount)));
            if (index % TrailingCount > 0) output.Add(new Rune(Trailing + (index % TrailingCount)));
            return true;
        }

        internal static bool TryCompose(Rune first, Rune second, out Rune composed)
        {
            composed = default;
            var (leading, vowel) = (first.Value - Leading, second.Value - Vowels);
            if (leading is >= 0 and < LeadingCount && vowel is >= 0 and < VowelCount)
            {
                composed = new Rune(Syllables + (((leading * VowelCount) + vowel) * TrailingCount));
                return true;
            }
            var (syllable, trailing) = (first.Value - Syllables, second.Value - Trailing);
            if (syllable is < 0 or >= LeadingCount * VowelCount * TrailingCount) return false;
            if (syllable % TrailingCount != 0 || trailing is <= 0 or >= TrailingCount) return false;
            composed = new Rune(first.Value + trailing);
            return true;
        }
    }
}
