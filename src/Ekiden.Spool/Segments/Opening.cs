using System.Buffers.Binary;

namespace Ekiden.Spool.Segments;

/// <summary>
/// The payload of the first frame of every segment: how long the segment before it is. It is written with the first
/// frames, so that a segment can be prepared before anybody knows.
/// </summary>
/// <param name="Previous">The id of the segment before; 0 when there was none.</param>
/// <param name="SealedLength">The bytes of it that hold frames, all of them flushed.</param>
internal readonly record struct Opening(long Previous, int SealedLength)
{
    /// <summary>Bytes of the payload.</summary>
    public const int Size = 16;

    /// <summary>Puts the payload into the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, Previous);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], SealedLength);
    }

    /// <summary>Reads the payload of a frame of the log itself; null when it is another frame of the log.</summary>
    public static Opening? Read(FrameHeader header, ReadOnlySpan<byte> payload) =>
        (header.Flags & FrameFlags.System) != 0 && payload.Length == Size
            ? new Opening(
                BinaryPrimitives.ReadInt64LittleEndian(payload),
                (int)BinaryPrimitives.ReadInt64LittleEndian(payload[8..]))
            : null;
}
