using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Ekiden.Smtp.Server;

/// <summary>
/// The output of a connection: replies gather in one pooled buffer and leave in one write when flushed.
/// </summary>
internal sealed class ConnectionWriter(ByteChannel channel) : PipeWriter
{
    private const int FirstBuffer = 1024;

    private byte[] _buffer = [];
    private int _length;
    private bool _isBroken;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _length;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _buffer.Length - _length);
        _length += bytes;
    }

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        var needed = _length + Math.Max(sizeHint, 1);
        if (needed > _buffer.Length)
        {
            var next = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBuffer, needed));
            _buffer.AsSpan(0, _length).CopyTo(next);
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = next;
        }
        return _buffer.AsMemory(_length);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>
    /// Sends what was written. The result is completed when the peer is gone; that is never an exception.
    /// </summary>
    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!_isBroken && _length > 0) await channel.SendAsync(_buffer.AsMemory(0, _length), cancellationToken);
        }
        catch (Exception broken) when (broken is SocketException or IOException or ObjectDisposedException)
        {
            _isBroken = true;
        }
        _length = 0;
        return new FlushResult(isCanceled: false, isCompleted: _isBroken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        // Nothing waits here but the send itself, which ends with the connection.
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
        _isBroken = true;
    }
}
