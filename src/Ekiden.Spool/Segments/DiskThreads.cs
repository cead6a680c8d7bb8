using System.Collections.Concurrent;

namespace Ekiden.Spool.Segments;

/// <summary>A few threads that may wait for the disk, in turn, for whoever must not.</summary>
internal sealed class DiskThreads : IDisposable
{
    private readonly BlockingCollection<(Action Work, TaskCompletionSource Done)> _work = [];
    private readonly Thread[] _threads;

    /// <param name="count">How many; at least 1.</param>
    public DiskThreads(int count)
    {
        _threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            _threads[i] = new Thread(Run) { Name = "content", IsBackground = true };
            _threads[i].Start();
        }
    }

    /// <summary>Does the work on one of the threads; completes with it, or with its exception.</summary>
    public Task RunAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add((work, done));
        return done.Task;
    }

    /// <summary>Ends the threads when what was asked is done.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        foreach (var thread in _threads) thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        foreach (var (work, done) in _work.GetConsumingEnumerable())
        {
            try
            {
                work();
                done.TrySetResult();
            }
            catch (Exception failure)
            {
                // It belongs to whoever asked for the work.
                done.TrySetException(failure);
            }
        }
    }
}
