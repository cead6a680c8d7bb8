using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;

namespace Ekiden.Smtp.Server;

/// <summary>
/// The input of a connection: one pooled buffer, filled only when somebody asks, so that back-pressure is the kernel's
/// and no other thread is involved. What it returns is always one segment.
/// </summary>
/// <remarks>
/// An empty buffer is given back to the pool while TLS waits; in clear it is small until data comes fast.
/// </remarks>
#pragma warning disable CA1001 // the token sources have no timer and nothing to dispose; see TakeInterrupt
internal sealed class ConnectionReader(ByteChannel channel) : PipeReader
{
    private const int SmallBuffer = 4 * 1024;
    private const int LargeBuffer = 64 * 1024;

#pragma warning restore CA1001
    private CancellationTokenSource _interrupt = new();
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _examined;
    private int _wanted = SmallBuffer;
    private bool _isEnded;
    private Task<int>? _ahead;
    private bool _aheadHasBuffer;

    /// <summary>Bytes that were received and not consumed.</summary>
    public int Waiting => _end - _start;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        if (_interrupt.IsCancellationRequested) return TakeInterrupt();
        if (_examined < _end || _isEnded) return Result(isCanceled: false);
        try
        {
            Received(await ReceiveAsync());
        }
        catch (OperationCanceledException)
        {
            return TakeInterrupt();
        }
        catch (Exception broken) when (broken is SocketException or IOException or ObjectDisposedException
            or AuthenticationException)
        {
            // A peer that resets the connection is not our trouble: it is the end of what it says.
            _isEnded = true;
        }
        return Result(isCanceled: false);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        var isReady = _interrupt.IsCancellationRequested || _examined < _end || _isEnded;
        result = !isReady ? default : _interrupt.IsCancellationRequested ? TakeInterrupt() : Result(isCanceled: false);
        return isReady;
    }

    /// <summary>
    /// Looks whether more has arrived. Under TLS that takes a read, which is then finished by the next
    /// <see cref="ReadAsync"/>; in clear nothing is left behind.
    /// </summary>
    public bool HasMore()
    {
        if (_end > _start) return true;
        if (_isEnded) return false;
        try
        {
            if (!channel.IsEncrypted) return channel.HasWaitingBytes;
            return TryReadAhead();
        }
        catch (Exception broken) when (broken is SocketException or IOException or ObjectDisposedException
            or AuthenticationException)
        {
            _isEnded = true;
            return false;
        }
        catch (OperationCanceledException)
        {
            // The read ahead was woken for an earlier wait: the next one begins anew.
            _ahead = null;
            return false;
        }
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // Positions in a sequence over an array are indexes into that array; an empty buffer has none that matters.
        if (_buffer.Length == 0) return;
        _start = consumed.GetInteger();
        _examined = examined.GetInteger();
        if (_start < _end) return;
        _start = _end = _examined = 0;
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => _interrupt.Cancel();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        _isEnded = true;
        // A read that is still open may write into the buffer: then the pool does not get it back.
        if (_ahead is null) GiveBack();
    }

    private async ValueTask<int> ReceiveAsync()
    {
        if (_ahead is { } ahead)
        {
            _ahead = null;
            var received = await ahead;
            if (_aheadHasBuffer) return received;
        }
        else if (channel.IsEncrypted && _start == _end)
        {
            GiveBack();
            await channel.ReceiveAsync(Memory<byte>.Empty, _interrupt.Token);
        }
        MakeRoom();
        return await channel.ReceiveAsync(_buffer.AsMemory(_end), _interrupt.Token);
    }

    private bool TryReadAhead()
    {
        if (_ahead is null)
        {
            GiveBack();
            _aheadHasBuffer = false;
            _ahead = channel.ReceiveAsync(Memory<byte>.Empty, _interrupt.Token).AsTask();
        }
        if (!_ahead.IsCompleted) return false;
        if (!_aheadHasBuffer)
        {
            _ = _ahead.GetAwaiter().GetResult(); // completed: an empty read that found something
            MakeRoom();
            _aheadHasBuffer = true;
            _ahead = channel.ReceiveAsync(_buffer, _interrupt.Token).AsTask();
            if (!_ahead.IsCompleted) return false;
        }
        var received = _ahead.GetAwaiter().GetResult(); // completed
        _ahead = null;
        Received(received);
        return received > 0;
    }

    private void Received(int count)
    {
        if (count == 0) _isEnded = true;
        // Full buffers ask for larger ones, nearly empty ones for smaller.
        if (_end + count == _buffer.Length) _wanted = Math.Min(_wanted * 4, LargeBuffer);
        else if (count < _wanted / 16) _wanted = SmallBuffer;
        _end += count;
    }

    // Room for at least half a buffer behind what was received.
    private void MakeRoom()
    {
        var size = channel.IsEncrypted ? Math.Max(_wanted, 16 * 1024) : _wanted;
        if (_start == _end)
        {
            _start = _end = _examined = 0;
            if (_buffer.Length >= size && _buffer.Length <= size * 2) return;
            GiveBack();
            _buffer = ArrayPool<byte>.Shared.Rent(size);
            return;
        }
        if (_buffer.Length - _end >= size / 2) return;
        var waiting = _buffer.AsSpan(_start, _end - _start);
        var next = ArrayPool<byte>.Shared.Rent(Math.Max(size, waiting.Length * 2));
        waiting.CopyTo(next);
        _examined -= _start;
        _end -= _start;
        _start = 0;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = next;
    }

    private void GiveBack()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = _examined = 0;
    }

    private ReadResult TakeInterrupt()
    {
        // Not disposed: another thread may be about to cancel it, and without a timer it holds nothing.
        _interrupt = new CancellationTokenSource();
        return Result(isCanceled: true);
    }

    private ReadResult Result(bool isCanceled) =>
        new(new ReadOnlySequence<byte>(_buffer, _start, _end - _start), isCanceled, _isEnded);
}
