namespace Ekiden.Spool.Segments;

/// <summary>
/// Frames on their way from many producers to the one writer: a linked list through the frames themselves, pushed by
/// compare-and-swap and taken as a whole. A producer signals only a writer that sleeps.
/// </summary>
internal sealed class FrameQueue : IDisposable
{
    private readonly Frame _asleep = new(new FramePool());
    private readonly Frame _closed = new(new FramePool());
    private readonly ManualResetEventSlim _wake = new(initialState: false, spinCount: 0);
    private Frame? _newest;

    /// <summary>Hands a frame to the writer; false when the queue is closed.</summary>
    public bool TryAdd(Frame frame)
    {
        var newest = Volatile.Read(ref _newest);
        while (newest != _closed)
        {
            frame.Next = newest == _asleep ? null : newest;
            var found = Interlocked.CompareExchange(ref _newest, frame, newest);
            if (found == newest)
            {
                if (newest == _asleep) _wake.Set();
                return true;
            }

            newest = found;
        }

        return false;
    }

    /// <summary>Adds all waiting frames, in the order they were added.</summary>
    public void Take(List<Frame> to) => Unlink(Interlocked.Exchange(ref _newest, null), to);

    /// <summary>Sleeps until a frame is added or <see cref="Wake"/> is called; may return without a reason.</summary>
    public void Wait()
    {
        if (Interlocked.CompareExchange(ref _newest, _asleep, null) is not null) return;
        _wake.Wait();
        _wake.Reset();
        Interlocked.CompareExchange(ref _newest, null, _asleep);
    }

    /// <summary>Ends the writer's sleep.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Lets nothing in any more, and takes what is still there.</summary>
    public void Close(List<Frame> rest) => Unlink(Interlocked.Exchange(ref _newest, _closed), rest);

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    private void Unlink(Frame? newest, List<Frame> to)
    {
        var first = to.Count;
        for (var frame = newest; frame is not null && frame != _asleep && frame != _closed; frame = frame.Next)
            to.Add(frame);
        to.Reverse(first, to.Count - first);
    }
}
