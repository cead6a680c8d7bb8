using System.Buffers;

namespace Ekiden.Spool.Segments;

/// <summary>A payload read back from the log, in pooled memory, checked.</summary>
internal sealed class FramePayload : IDisposable
{
    private readonly int _offset;
    private readonly int _length;
    private byte[]? _buffer;

    internal FramePayload(byte[] pooled, int offset, int length)
    {
        _buffer = pooled;
        _offset = offset;
        _length = length;
    }

    /// <summary>The payload, until disposed.</summary>
    public ReadOnlyMemory<byte> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer is null, this);
            return _buffer.AsMemory(_offset, _length);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = null;
        if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
    }
}

/// <summary>A frame, or a block of content, is not on the disk as it was written.</summary>
internal sealed class FrameDamagedException(string message) : IOException(message);
