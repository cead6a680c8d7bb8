namespace Ekiden.Spool.Segments;

/// <summary>Bounds the bytes that wait for the writer: who comes when it is full waits outside.</summary>
/// <param name="limit">Bytes inside; one frame larger than it may enter alone.</param>
internal sealed class WaitingRoom(long limit)
{
    private long _bytes;
    private int _outside;
    private TaskCompletionSource _roomMade = NewSignal();

    /// <summary>Bytes inside.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Enters, if there is room.</summary>
    public bool TryEnter(int size)
    {
        var inside = Interlocked.Read(ref _bytes);
        while (inside == 0 || inside + size <= limit)
        {
            var found = Interlocked.CompareExchange(ref _bytes, inside + size, inside);
            if (found == inside) return true;
            inside = found;
        }

        return false;
    }

    /// <summary>Enters when there is room.</summary>
    public async ValueTask EnterAsync(int size)
    {
        Interlocked.Increment(ref _outside);
        try
        {
            while (true)
            {
                // The signal is taken before the look, so that room made in between is not missed.
                var roomMade = Volatile.Read(ref _roomMade).Task;
                if (TryEnter(size)) return;
                await roomMade;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _outside);
        }
    }

    /// <summary>Leaves, and lets others in.</summary>
    public void Leave(long size)
    {
        Interlocked.Add(ref _bytes, -size);
        if (size > 0 && Volatile.Read(ref _outside) > 0)
            Interlocked.Exchange(ref _roomMade, NewSignal()).TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
