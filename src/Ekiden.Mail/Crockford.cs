namespace Ekiden.Mail;

/// <summary>Crockford's base 32 for 128-bit ids: 26 characters, most significant first, no I, L, O, U.</summary>
public static class Crockford
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>The 26 characters of a value.</summary>
    public static string Encode(UInt128 value) => string.Create(26, value, static (text, rest) =>
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(uint)(rest & 31)];
            rest >>= 5;
        }
    });

    /// <summary>
    /// Reads exactly 26 upper-case characters; false for any other length, letter or a value over 128 bits.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out UInt128 value)
    {
        value = 0;
        if (text.Length != 26 || text[0] > '7') return false;
        foreach (var letter in text)
        {
            var digit = Alphabet.IndexOf(letter, StringComparison.Ordinal);
            if (digit < 0) return false;
            value = (value << 5) | (uint)digit;
        }
        return true;
    }
}
