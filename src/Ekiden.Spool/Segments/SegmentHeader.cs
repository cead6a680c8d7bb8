using System.Buffers.Binary;

namespace Ekiden.Spool.Segments;

/// <summary>
/// The first bytes of a segment file. The frames carry the id too: they are read even when this is damaged.
/// </summary>
/// <remarks>Little-endian: magic 8, version 4, zero 4, id 8, zeros 36, CRC-32C of the 60 bytes before 4.</remarks>
internal static class SegmentHeader
{
    /// <summary>Bytes of the header; the first frame begins here.</summary>
    public const int Size = 64;

    /// <summary>The format written and understood.</summary>
    public const int Version = 1;

    private const int ChecksumAt = 60;

    private static ReadOnlySpan<byte> Magic => "EKISEG\r\n"u8;

    /// <summary>Puts a header into the first <see cref="Size"/> bytes.</summary>
    public static void Write(Span<byte> to, long id)
    {
        to[..Size].Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteInt32LittleEndian(to[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], id);
        BinaryPrimitives.WriteUInt32LittleEndian(to[ChecksumAt..], Crc32C.Of(to[..ChecksumAt]));
    }

    /// <summary>The id that a header says; 0 when these bytes are not a header.</summary>
    /// <exception cref="SpoolVersionException">A good header of a later version.</exception>
    public static long Read(ReadOnlySpan<byte> from)
    {
        if (from.Length < Size || !from.StartsWith(Magic)) return 0;
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[ChecksumAt..]) != Crc32C.Of(from[..ChecksumAt])) return 0;
        var version = BinaryPrimitives.ReadInt32LittleEndian(from[8..]);
        if (version != Version) throw new SpoolVersionException($"segment version {version}");
        return BinaryPrimitives.ReadInt64LittleEndian(from[16..]);
    }
}
