using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Segments;

/// <summary>
/// Makes segments and the reserve ready on a thread of its own, so that the writer finds the next segment ready. A
/// failure here is only told: the writer meets it itself when it needs the segment.
/// </summary>
internal sealed partial class SegmentKeeper(SegmentStore store, bool fillAhead, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _asked = new(0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _fills;

    /// <summary>Completes when the thread has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the thread.</summary>
    public void Start() => new Thread(Run) { Name = "journal segments", IsBackground = true }.Start();

    /// <summary>Asks for the next segment to be made ready; does not wait.</summary>
    /// <param name="fills">It may take the time to write it full of zeros, and to make the reserve.</param>
    public void Ask(bool fills)
    {
        if (fills) _fills = true;
        _asked.Release();
    }

    /// <summary>Ends the thread; <see cref="Ended"/> says when.</summary>
    public void Stop() => _stopping.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _asked.Dispose();
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                _asked.Wait(_stopping.Token);
                Keep();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            _ended.TrySetResult();
        }
    }

    private void Keep()
    {
        try
        {
            store.Prepare();
            if (!_fills) return;
            _fills = false;
            store.PrepareReserve(_stopping.Token);
            if (fillAhead) store.PrepareFilled(_stopping.Token);
        }
        catch (Exception failure)
        {
            // A full or failing disk, most likely; a loop that died would leave the writer without help for good.
            Log.NotReady(logger, failure);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "the next journal segment could not be made ready ahead of need")]
        public static partial void NotReady(ILogger logger, Exception failure);
    }
}
