using System.Collections.Concurrent;

namespace Ekiden.Spool.Segments;

/// <summary>Frames for reuse, so that an append allocates nothing.</summary>
internal sealed class FramePool
{
    private const int Kept = 1024;

    private readonly ConcurrentQueue<Frame> _frames = new();
    private int _count;

    /// <summary>An empty frame.</summary>
    public Frame Rent()
    {
        if (!_frames.TryDequeue(out var frame)) return new Frame(this);
        Interlocked.Decrement(ref _count);
        return frame;
    }

    /// <summary>Takes a frame back; beyond the limit it is left to the garbage collector.</summary>
    public void Return(Frame frame)
    {
        frame.Clear();
        if (Interlocked.Increment(ref _count) <= Kept) _frames.Enqueue(frame);
        else Interlocked.Decrement(ref _count);
    }
}
