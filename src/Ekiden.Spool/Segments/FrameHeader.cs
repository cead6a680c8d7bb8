using System.Buffers.Binary;

namespace Ekiden.Spool.Segments;

/// <summary>
/// What stands before the payload of every frame. A frame is valid when both checksums are, and when it says the id of
/// the segment it is found in: an old frame in a recycled segment says another one.
/// </summary>
/// <remarks>
/// Little-endian: magic 4, version 1, flags 1, zero 2, payload length 4, payload CRC-32C 4, segment 8, sequence 8,
/// durable mark 8, zero 4, CRC-32C of the 44 bytes before 4. Then the payload and zeros up to a multiple of 8.
/// </remarks>
/// <param name="Flags">What the frame is; readers must understand every flag set.</param>
/// <param name="Length">Bytes of payload.</param>
/// <param name="PayloadChecksum">CRC-32C of the payload.</param>
/// <param name="Segment">The id of the segment it was written to.</param>
/// <param name="Sequence">Grows by one from frame to frame.</param>
/// <param name="DurableMark">The bytes of this segment that were known to be flushed when this frame was
/// written.</param>
internal readonly record struct FrameHeader(
    FrameFlags Flags, int Length, uint PayloadChecksum, long Segment, long Sequence, int DurableMark)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 48;

    /// <summary>Frames begin at multiples of this.</summary>
    public const int Alignment = 8;

    /// <summary>The format written and understood.</summary>
    public const byte Version = 1;

    private const int ChecksumAt = 44;

    /// <summary>The first four bytes of every frame.</summary>
    public static ReadOnlySpan<byte> Magic => "EkF\x01"u8;

    /// <summary>The next multiple of <see cref="Alignment"/>.</summary>
    public static int Align(int length) => (length + (Alignment - 1)) & ~(Alignment - 1);

    /// <summary>Bytes of the whole frame.</summary>
    public int FrameSize => Size + Align(Length);

    /// <summary>Puts the header into the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> to)
    {
        Magic.CopyTo(to);
        to[4] = Version;
        to[5] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(to[6..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(to[8..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], PayloadChecksum);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], Segment);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(to[32..], DurableMark);
        BinaryPrimitives.WriteInt32LittleEndian(to[40..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(to[ChecksumAt..], Crc32C.Of(to[..ChecksumAt]));
    }

    /// <summary>Reads a header; false when these bytes are not one.</summary>
    /// <exception cref="SpoolVersionException">A good header of a later version, or with an unknown flag.</exception>
    public static bool TryRead(ReadOnlySpan<byte> from, out FrameHeader header)
    {
        header = default;
        if (from.Length < Size || !from.StartsWith(Magic)) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[ChecksumAt..]) != Crc32C.Of(from[..ChecksumAt])) return false;
        var mark = BinaryPrimitives.ReadInt64LittleEndian(from[32..]);
        header = new FrameHeader(
            (FrameFlags)from[5],
            BinaryPrimitives.ReadInt32LittleEndian(from[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
            (int)mark);
        if (from[4] != Version) throw new SpoolVersionException($"frame version {from[4]}");
        if ((header.Flags & ~FrameFlags.System) != 0) throw new SpoolVersionException($"frame flags {header.Flags}");
        return header.Length >= 0 && mark is >= 0 and <= int.MaxValue;
    }
}

/// <summary>What a frame is. A reader that does not know a flag must not guess.</summary>
[Flags]
internal enum FrameFlags : byte
{
    /// <summary>A frame of a producer.</summary>
    None = 0,

    /// <summary>A frame of the log itself; replays do not show it.</summary>
    System = 1,
}

/// <summary>The spool was written by a later version of Ekiden, which knew more than this one.</summary>
internal sealed class SpoolVersionException(string what)
    : Exception($"the spool was written by a later version: {what}");
