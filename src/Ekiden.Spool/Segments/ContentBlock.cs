using System.Buffers.Binary;

namespace Ekiden.Spool.Segments;

/// <summary>
/// A piece of content with its own checksum, so that it can be checked before it is sent, without reading the rest.
/// </summary>
/// <remarks>
/// Little-endian: CRC-32C 4, length 4, then the bytes. The checksum covers the length, the bytes, the id of the file
/// and the place in it, so that a block from elsewhere is not taken for this one. All blocks but the last of a content
/// are full.
/// </remarks>
internal static class ContentBlock
{
    /// <summary>Bytes of content in a full block.</summary>
    public const int Full = 64 << 10;

    /// <summary>Bytes before the content.</summary>
    public const int HeaderSize = 8;

    /// <summary>Bytes of a full block.</summary>
    public const int Size = HeaderSize + Full;

    /// <summary>Puts the header in front of content that stands behind it already.</summary>
    /// <param name="block">The block; its content begins at <see cref="HeaderSize"/>.</param>
    /// <param name="segment">The id of the file.</param>
    /// <param name="offset">Where the block will be in the file.</param>
    public static void Seal(Span<byte> block, long segment, long offset)
    {
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], block.Length - HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(block, Checksum(block, segment, offset));
    }

    /// <summary>The block is what was written at this place.</summary>
    public static bool IsValid(ReadOnlySpan<byte> block, long segment, long offset) =>
        block.Length > HeaderSize
        && BinaryPrimitives.ReadInt32LittleEndian(block[4..]) == block.Length - HeaderSize
        && BinaryPrimitives.ReadUInt32LittleEndian(block) == Checksum(block, segment, offset);

    private static uint Checksum(ReadOnlySpan<byte> block, long segment, long offset) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Add(Crc32C.Begin, block[4..]), segment), offset));
}
