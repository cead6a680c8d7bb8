using System.Net;

namespace Ekiden.MailAuth.Spf;

/// <summary>Networks: addresses that share their first bits.</summary>
internal static class AddressPrefix
{
    /// <summary>Are the first <paramref name="bits"/> bits the same? Never between two families.</summary>
    internal static bool IsShared(IPAddress one, IPAddress other, int bits)
    {
        if (one.AddressFamily != other.AddressFamily) return false;
        Span<byte> left = stackalloc byte[16], right = stackalloc byte[16];
        one.TryWriteBytes(left, out _);
        other.TryWriteBytes(right, out _);
        var whole = bits / 8;
        if (!left[..whole].SequenceEqual(right[..whole])) return false;
        var shift = 8 - (bits % 8);
        return shift == 8 || left[whole] >> shift == right[whole] >> shift;
    }
}
