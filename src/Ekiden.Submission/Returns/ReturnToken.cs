namespace Ekiden.Submission.Returns;

/// <summary>Bytes as Crockford's base 32 in lower case: safe in a local part, a path and a header.</summary>
internal static class ReturnToken
{
    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>The digits of bytes whose number is a multiple of 5.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> digits = stackalloc char[bytes.Length / 5 * 8];
        for (var (from, to) = (0, 0); from < bytes.Length; from += 5, to += 8)
        {
            var five = 0UL;
            for (var i = 0; i < 5; i++) five = (five << 8) | bytes[from + i];
            for (var i = 7; i >= 0; i--, five >>= 5) digits[to + i] = Digits[(int)(five & 31)];
        }
        return new string(digits);
    }

    /// <summary>Reads digits of either case into bytes; false for any other character.</summary>
    /// <param name="digits">As many as <paramref name="bytes"/> has room for: 8 for each 5.</param>
    public static bool TryDecode(ReadOnlySpan<char> digits, Span<byte> bytes)
    {
        for (var (from, to) = (0, 0); from < digits.Length; from += 8, to += 5)
        {
            var five = 0UL;
            for (var i = 0; i < 8; i++)
            {
                var digit = Digits.IndexOf(char.ToLowerInvariant(digits[from + i]), StringComparison.Ordinal);
                if (digit < 0) return false;
                five = (five << 5) | (uint)digit;
            }
            for (var i = 4; i >= 0; i--, five >>= 8) bytes[to + i] = (byte)five;
        }
        return true;
    }
}
