using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Ekiden.MailAuth.Dkim;

/// <summary>Bytes being put together, in an array that is borrowed.</summary>
internal sealed class PooledBuffer(int capacity) : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Forgets what was written after this length.</summary>
    internal void Truncate(int length) => Length = length;

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>ASCII text.</summary>
    internal void Append(string text) => Length += Encoding.ASCII.GetBytes(text, GetSpan(text.Length));

    internal void Append(long number)
    {
        number.TryFormat(GetSpan(20), out var written, provider: CultureInfo.InvariantCulture);
        Length += written;
    }

    /// <summary>Base64, in lines of 72 characters that a fold and a tab part.</summary>
    internal void AppendBase64(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var part = bytes[..Math.Min(bytes.Length, 54)];
            Base64.EncodeToUtf8(part, GetSpan(72), out _, out var written);
            Length += written;
            bytes = bytes[part.Length..];
            if (bytes.IsEmpty) return;
            Append("\r\n\t"u8);
        }
    }

    /// <summary>As <see cref="AppendBase64"/>, at a place inside what was written.</summary>
    internal void InsertBase64(int at, ReadOnlySpan<byte> bytes)
    {
        var moved = Written[at..].ToArray();
        Length = at;
        AppendBase64(bytes);
        Append(moved);
    }

    public void Advance(int count) => Length += count;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_bytes.Length - Length < Math.Max(1, sizeHint)) Grow(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_bytes.Length - Length < Math.Max(1, sizeHint)) Grow(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public void Dispose()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void Grow(int sizeHint)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Length + sizeHint));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
