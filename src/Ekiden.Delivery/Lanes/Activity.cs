namespace Ekiden.Delivery.Lanes;

/// <summary>Counts what runs beside the callers, so that a stop can wait for the last of it.</summary>
/// <param name="start">How a piece of work gets a thread: the pool's, or a simulation's only one.</param>
internal sealed class Activity(Action<IThreadPoolWorkItem> start)
{
    /// <summary>On the pool's threads, as they come.</summary>
    public static readonly Action<IThreadPoolWorkItem> OnThePool =
        static work => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);

    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The service itself is the first.
    private int _running = 1;

    /// <summary>Something began.</summary>
    public void Begin() => Interlocked.Increment(ref _running);

    /// <summary>Something begins, and runs as soon as a thread is free.</summary>
    public void Start(IThreadPoolWorkItem work)
    {
        Begin();
        start(work);
    }

    /// <summary>It ended.</summary>
    public void End()
    {
        if (Interlocked.Decrement(ref _running) == 0) _idle.TrySetResult();
    }

    /// <summary>Completes when everything that began has ended; called once, by the service.</summary>
    public Task WaitForEndAsync()
    {
        End();
        return _idle.Task;
    }
}
