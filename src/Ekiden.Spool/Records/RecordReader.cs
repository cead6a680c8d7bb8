using System.Buffers.Binary;
using System.Text;

namespace Ekiden.Spool.Records;

/// <summary>
/// Reads what <see cref="RecordWriter"/> wrote. Never throws: the first field that does not fit sets
/// <see cref="IsDamaged"/>, and from then on every field reads as its default.
/// </summary>
internal ref struct RecordReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Where the next field starts.</summary>
    public int Position { get; private set; }

    /// <summary>A field ran over the end, or held an impossible value.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Bytes not read yet; 0 once damaged.</summary>
    public readonly int Left => IsDamaged ? 0 : _bytes.Length - Position;

    /// <summary>Marks the record as damaged: a value was read that cannot be.</summary>
    public void Damaged() => IsDamaged = true;

    public byte Byte() => TryTake(1, out var field) ? field[0] : (byte)0;

    public bool Bool()
    {
        var value = Byte();
        if (value > 1) IsDamaged = true;
        return value == 1;
    }

    public ulong Varint()
    {
        // Almost every number is small.
        if (Position < _bytes.Length && _bytes[Position] < 0x80 && !IsDamaged) return _bytes[Position++];
        return LongVarint();
    }

    private ulong LongVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            if (shift == 63 && part > 1) IsDamaged = true;
            value |= (ulong)(part & 0x7F) << shift;
            if ((part & 0x80) == 0) return IsDamaged ? 0 : value;
        }
        IsDamaged = true;
        return 0;
    }

    /// <summary>A number of at most <paramref name="most"/>.</summary>
    public int Number(int most = int.MaxValue)
    {
        var value = Varint();
        if (value <= (uint)most) return (int)value;
        IsDamaged = true;
        return 0;
    }

    /// <summary>How many elements follow; each takes at least one byte, so a count beyond the rest is damage.</summary>
    public int Count() => Number(Left);

    public uint Fixed32() => TryTake(4, out var field) ? BinaryPrimitives.ReadUInt32LittleEndian(field) : 0;

    public long Fixed64() => TryTake(8, out var field) ? BinaryPrimitives.ReadInt64LittleEndian(field) : 0;

    public UInt128 Fixed128() => TryTake(16, out var field) ? BinaryPrimitives.ReadUInt128LittleEndian(field) : 0;

    public DateTimeOffset Time()
    {
        var ticks = Fixed64();
        if (ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks) return new DateTimeOffset(ticks, TimeSpan.Zero);
        IsDamaged = true;
        return default;
    }

    /// <summary>Text that is always there.</summary>
    public string Text()
    {
        var text = OptionalText();
        if (text is not null) return text;
        IsDamaged = true;
        return "";
    }

    public string? OptionalText()
    {
        var length = Varint();
        if (length == 0) return null;
        if (length - 1 <= (ulong)Left) return Encoding.UTF8.GetString(Bytes((int)(length - 1)));
        IsDamaged = true;
        return null;
    }

    public ReadOnlySpan<byte> Bytes(int length) => TryTake(length, out var field) ? field : default;

    private bool TryTake(int length, out ReadOnlySpan<byte> field)
    {
        if (IsDamaged || length < 0 || _bytes.Length - Position < length)
        {
            IsDamaged = true;
            field = default;
            return false;
        }
        field = _bytes.Slice(Position, length);
        Position += length;
        return true;
    }
}
