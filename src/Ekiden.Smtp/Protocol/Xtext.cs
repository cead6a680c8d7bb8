using System.Buffers;
using System.Text;

namespace Ekiden.Smtp.Protocol;

/// <summary>
/// The encoding of ENVID, ORCPT and AUTH: printable ASCII, with <c>+XX</c> for the rest. RFC 3461 §4.
/// </summary>
internal static class Xtext
{
    /// <summary>
    /// Decodes; null when it is not xtext, or when what comes out holds a control character or is not UTF-8. RFC 3461
    /// lets control characters be encoded, but what is decoded here ends in notices and logs.
    /// </summary>
    public static string? Decode(ReadOnlySpan<byte> text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(text.Length, 1));
        try
        {
            var length = 0;
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == '+')
                {
                    if (i + 2 >= text.Length || !TryHex(text[i + 1], out var high) || !TryHex(text[i + 2], out var low))
                        return null;
                    bytes[length++] = (byte)(high << 4 | low);
                    i += 2;
                }
                else if (text[i] is <= (byte)' ' or (byte)'=' or 0x7f)
                {
                    return null;
                }
                else
                {
                    bytes[length++] = text[i];
                }
            }
            var decoded = bytes.AsSpan(0, length);
            if (!System.Text.Unicode.Utf8.IsValid(decoded)) return null;
            var value = Encoding.UTF8.GetString(decoded);
            return value.AsSpan().ContainsAny(Controls) ? null : value;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    // C0, DEL, C1 and the two Unicode line ends: reliability B-R8, E-R1.
    private static readonly SearchValues<char> Controls = SearchValues.Create(
        string.Concat(Enumerable.Range(0, 0xa0).Where(code => code is < 0x20 or >= 0x7f).Select(code => (char)code))
        + "\u2028\u2029");

    // Upper case only: RFC 3461 §4, "hexchar".
    private static bool TryHex(byte digit, out int value)
    {
        value = digit is >= (byte)'0' and <= (byte)'9' ? digit - '0'
            : digit is >= (byte)'A' and <= (byte)'F' ? digit - 'A' + 10
            : -1;
        return value >= 0;
    }
}
