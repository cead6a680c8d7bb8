namespace Ekiden.Delivery.Lanes;

/// <summary>Counts what runs beside the callers, so that a stop can wait for the last of it.</summary>
internal sealed class Activity
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The service itself is the first.
    private int _running = 1;

    /// <summary>Something began.</summary>
    public void Begin() => Interlocked.Increment(ref _running);

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
