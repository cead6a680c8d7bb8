using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Ekiden.Spool.Segments;

/// <summary>
/// A frame to be appended: small parts are written into it, large ones are referred to and not copied. Rented from
/// <see cref="SegmentLog.NewFrame"/>, and given back by itself when the result of the append has been awaited, so it is
/// not to be touched after that.
/// </summary>
internal sealed class Frame(FramePool pool) : IBufferWriter<byte>, IValueTaskSource<FrameLocation>
{
    private const int FirstSize = 1024;

    // A frame that grew larger than this is not worth keeping.
    private const int KeptSize = 64 << 10;

    private readonly List<Reference> _references = [];
    private ManualResetValueTaskSourceCore<FrameLocation> _result = new() { RunContinuationsAsynchronously = true };
    private byte[] _buffer = new byte[FirstSize];
    private int _used = FrameHeader.Size;
    private int _referenced;

    /// <summary>Given to the <see cref="IFrameApplier"/> as it is.</summary>
    public object? State { get; set; }

    /// <summary>New mail may be refused when the disk is full; everything else is let into the reserve.</summary>
    public bool IsNewMail { get; set; }

    /// <summary>Bytes of payload so far.</summary>
    public int Length => _used - FrameHeader.Size + _referenced;

    /// <summary>The next in the queue for the writer.</summary>
    internal Frame? Next { get; set; }

    internal Durability Durability { get; set; }

    internal FrameFlags Flags { get; set; }

    internal FrameCommand Command { get; set; }

    /// <summary>Bytes of the whole frame, padding included; known when <see cref="Seal"/> was called.</summary>
    internal int Size { get; private set; }

    internal FrameLocation Location { get; set; }

    /// <summary>What the producer awaits, once.</summary>
    internal ValueTask<FrameLocation> Result => new(this, _result.Version);

    private uint PayloadChecksum { get; set; }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _used);
        _used += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_used);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(_used);
    }

    /// <summary>Adds bytes without copying them; they must not change until the append has completed.</summary>
    public void Refer(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        _references.Add(new Reference(_used, bytes));
        _referenced += bytes.Length;
    }

    /// <summary>Gives back a frame that is not appended after all.</summary>
    public void Discard() => pool.Return(this);

    FrameLocation IValueTaskSource<FrameLocation>.GetResult(short token)
    {
        try
        {
            return _result.GetResult(token);
        }
        finally
        {
            pool.Return(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<FrameLocation>.GetStatus(short token) => _result.GetStatus(token);

    void IValueTaskSource<FrameLocation>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _result.OnCompleted(continuation, state, token, flags);

    /// <summary>Ends the payload: computes its checksum, on the producer's thread, and pads.</summary>
    internal void Seal()
    {
        var state = Crc32C.Begin;
        var from = FrameHeader.Size;
        foreach (var reference in _references)
        {
            state = Crc32C.Add(state, _buffer.AsSpan(from, reference.At - from));
            state = Crc32C.Add(state, reference.Bytes.Span);
            from = reference.At;
        }

        PayloadChecksum = Crc32C.Finish(Crc32C.Add(state, _buffer.AsSpan(from, _used - from)));
        Size = FrameHeader.Size + FrameHeader.Align(Length);
    }

    /// <summary>Writes the header for its place in the log and adds the frame's pieces to a gathered write.</summary>
    internal void Place(List<ReadOnlyMemory<byte>> pieces, FrameLocation at, long sequence, int durableMark)
    {
        Location = at;
        var length = Length;
        new FrameHeader(Flags, length, PayloadChecksum, at.Segment, sequence, durableMark).Write(_buffer);
        var padding = FrameHeader.Align(length) - length;
        Reserve(padding);
        _buffer.AsSpan(_used, padding).Clear();
        var from = 0;
        foreach (var reference in _references)
        {
            if (reference.At > from) pieces.Add(_buffer.AsMemory(from, reference.At - from));
            pieces.Add(reference.Bytes);
            from = reference.At;
        }

        if (_used + padding > from) pieces.Add(_buffer.AsMemory(from, _used + padding - from));
    }

    internal void Complete() => _result.SetResult(Location);

    internal void Fail(Exception cause) => _result.SetException(cause);

    /// <summary>Empties the frame for its next use.</summary>
    internal void Clear()
    {
        _result.Reset();
        _references.Clear();
        if (_buffer.Length > KeptSize) _buffer = new byte[FirstSize];
        _used = FrameHeader.Size;
        _referenced = 0;
        State = null;
        IsNewMail = false;
        Flags = FrameFlags.None;
        Command = FrameCommand.None;
        Next = null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int count)
    {
        if (_buffer.Length - _used < count) Grow(count);
    }

    private void Grow(int count) => Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _used + count));

    // Bytes that stand at a place of the own buffer.
    private readonly record struct Reference(int At, ReadOnlyMemory<byte> Bytes);
}

/// <summary>What a frame asks the writer to do, beside or instead of being written.</summary>
internal enum FrameCommand : byte
{
    /// <summary>To be written.</summary>
    None,

    /// <summary>To go on in the next segment.</summary>
    Seal,

    /// <summary>To end.</summary>
    Close,
}
