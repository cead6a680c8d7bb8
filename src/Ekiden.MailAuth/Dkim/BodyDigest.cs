using System.Buffers;
using System.Security.Cryptography;

namespace Ekiden.MailAuth.Dkim;

/// <summary>
/// SHA-256 of a canonical body that comes in small pieces, of its first <paramref name="limit"/> bytes at most (the
/// <c>l=</c> of RFC 6376 §3.5).
/// </summary>
internal sealed class BodyDigest(long limit) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _buffered;

    /// <summary>Bytes of the body so far, those beyond the limit too.</summary>
    internal long Length { get; private set; }

    internal void Put(ReadOnlySpan<byte> bytes)
    {
        var room = Math.Max(0, limit - Length);
        Length += bytes.Length;
        if (bytes.Length > room) bytes = bytes[..(int)room];
        if (bytes.Length > _buffer.Length - _buffered)
        {
            Flush();
            if (bytes.Length >= _buffer.Length)
            {
                _hash.AppendData(bytes);
                return;
            }
        }
        bytes.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += bytes.Length;
    }

    /// <summary>The 32 bytes of the hash; the object can then be used for the next body.</summary>
    internal byte[] Finish()
    {
        Flush();
        Length = 0;
        return _hash.GetHashAndReset();
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _hash.Dispose();
    }

    private void Flush()
    {
        if (_buffered > 0) _hash.AppendData(_buffer, 0, _buffered);
        _buffered = 0;
    }
}
