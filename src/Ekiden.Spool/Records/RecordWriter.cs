using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Ekiden.Spool.Records;

/// <summary>
/// Writes the fields of records into one growing pooled buffer; <see cref="RecordReader"/> reads them.
/// </summary>
/// <remarks>
/// Integers are little-endian, varints 7 bits a byte with the low bits first, signed ones in zigzag. Text is UTF-8
/// behind its length plus one, so that 0 is null.
/// </remarks>
internal sealed class RecordWriter : IDisposable
{
    private const int LongestVarint = 10;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(1024);

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, Length);

    public void Byte(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Varint(ulong value)
    {
        var space = Reserve(LongestVarint);
        var used = 0;
        for (; value >= 0x80; value >>= 7) space[used++] = (byte)(value | 0x80);
        space[used++] = (byte)value;
        Length += used;
    }

    /// <summary>A number that is never negative.</summary>
    public void Number(int value) => Varint(checked((uint)value));

    public void Fixed32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);
        Length += 4;
    }

    public void Fixed64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Reserve(8), value);
        Length += 8;
    }

    public void Fixed128(UInt128 value)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(Reserve(16), value);
        Length += 16;
    }

    /// <summary>A moment, exact to the tick; the offset from UTC is not kept.</summary>
    public void Time(DateTimeOffset value) => Fixed64(value.UtcTicks);

    public void Text(string? value)
    {
        if (value is null)
        {
            Byte(0);
            return;
        }
        var bytes = Encoding.UTF8.GetByteCount(value);
        Varint((ulong)bytes + 1);
        Length += Encoding.UTF8.GetBytes(value, Reserve(bytes));
    }

    /// <summary>Text of a peer: cut to <paramref name="most"/> bytes, between characters.</summary>
    public void TextCut(string value, int most)
    {
        if (Encoding.UTF8.GetMaxByteCount(value.Length) <= most || Encoding.UTF8.GetByteCount(value) <= most)
        {
            Text(value);
            return;
        }
        var space = new byte[most];
        Encoding.UTF8.GetEncoder().Convert(value, space, flush: false, out _, out var used, out _);
        Varint((ulong)used + 1);
        Bytes(space.AsSpan(0, used));
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        Length += value.Length;
    }

    /// <summary>Overwrites four bytes written earlier.</summary>
    public void Patch32(int position, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(position, 4), value);

    /// <summary>Starts again, in the same buffer.</summary>
    public void Clear() => Length = 0;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Length = 0;
    }

    private Span<byte> Reserve(int bytes)
    {
        if (_buffer.Length - Length < bytes) Grow(bytes);
        return _buffer.AsSpan(Length);
    }

    private void Grow(int bytes)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)checked(Length + bytes));
        var larger = ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
