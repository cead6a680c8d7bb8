using System.Numerics;
using System.Runtime.InteropServices;

namespace Ekiden.Spool.Segments;

/// <summary>CRC-32C (Castagnoli, RFC 3720 §B.4), by the processor's own instruction.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of these bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Finish(Add(Begin, bytes));

    /// <summary>The state before the first byte.</summary>
    public const uint Begin = uint.MaxValue;

    /// <summary>The state after some more bytes.</summary>
    public static uint Add(uint state, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) state = BitOperations.Crc32C(state, word);
        foreach (var tail in bytes[(words.Length * sizeof(ulong))..]) state = BitOperations.Crc32C(state, tail);
        return state;
    }

    /// <summary>The state after some more bytes that are this number, little-endian.</summary>
    public static uint Add(uint state, long number) => BitOperations.Crc32C(state, (ulong)number);

    /// <summary>The checksum from the state after the last byte.</summary>
    public static uint Finish(uint state) => ~state;
}
