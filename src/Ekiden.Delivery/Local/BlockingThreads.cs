using System.Collections.Concurrent;

namespace Ekiden.Delivery.Local;

/// <summary>
/// A few threads for calls that block on the disk: those of the pool, as many as processors, serve connections.
/// </summary>
internal sealed class BlockingThreads : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];

    /// <summary>Threads of this number; they end with the process or with <see cref="Dispose"/>.</summary>
    public BlockingThreads(int count, string name)
    {
        for (var i = 0; i < count; i++)
            new Thread(Run) { IsBackground = true, Name = $"{name} {i}" }.Start();
    }

    /// <summary>Runs a call on one of the threads; who waits for it goes on elsewhere.</summary>
    public Task<T> RunAsync<T>(Func<T> call)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(call());
            }
            catch (Exception e)
            {
                done.SetException(e); // it is the waiter's
            }
        });
        return done.Task;
    }

    /// <summary>No more calls; those begun end.</summary>
    public void Dispose() => _work.CompleteAdding();

    private void Run()
    {
        foreach (var call in _work.GetConsumingEnumerable()) call();
    }
}
