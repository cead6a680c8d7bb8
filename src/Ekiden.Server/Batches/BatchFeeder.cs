using System.Collections.Concurrent;
using Ekiden.Contracts;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Submission;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Batches;

/// <summary>
/// Turns the lines of batches into messages, a few ahead of what delivery takes: a line becomes a mail when it is its
/// turn, so a million of them are never on disk at once.
/// </summary>
/// <remarks>
/// Which lines are messages already is what the journal has counted for the batch: line and message are committed
/// together, in the order of the lines, and nothing else keeps the place. So a crash neither leaves one out nor makes
/// one twice. When too many of a batch wait (its destinations are down), the others wait in its file.
/// </remarks>
internal sealed partial class BatchFeeder(
    BatchStore store, IJournal journal, Intake intake, TimeProvider clock, ILogger<BatchFeeder> logger)
    : IAsyncDisposable
{
    /// <summary>Recipients of one batch in the queue at most.</summary>
    public const int MostWaiting = 50_000;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<BatchId, BatchRun> _runs = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _news = new(0);
    private Task _feeding = Task.CompletedTask;

    /// <summary>Begins; what was being fed before a restart goes on.</summary>
    public void Start()
    {
        foreach (var batch in store.All) Add(batch);
        _feeding = Task.Run(FeedAllAsync, CancellationToken.None);
    }

    /// <summary>A batch is new, or changed.</summary>
    public void Add(Batch batch)
    {
        if (batch.State.Final is not null) journal.Index.ForgetBatch(batch.Id);
        else _runs.TryAdd(batch.Id, new BatchRun(batch, journal, intake, clock));
        _news.Release();
    }

    /// <summary>Recipients a second in the last seconds; 0 for a batch that rests.</summary>
    public double RateOf(BatchId id) => _runs.TryGetValue(id, out var run) ? run.Rate : 0;

    /// <summary>
    /// Runs an action while nothing of the batch is on its way from the file to the journal: what the journal has of it
    /// then is all there is.
    /// </summary>
    public async Task<T> WhileStillAsync<T>(Batch batch, Func<Task<T>> action, CancellationToken cancel)
    {
        if (!_runs.TryGetValue(batch.Id, out var run)) return await action();
        await run.Gate.WaitAsync(cancel);
        try
        {
            return await action();
        }
        finally
        {
            run.Gate.Release();
        }
    }

    /// <summary>Ends after the commit under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _feeding;
        foreach (var run in _runs.Values) await run.DisposeAsync();
        _news.Dispose();
        _stopping.Dispose();
    }

    private async Task FeedAllAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var hasFed = false;
            foreach (var run in _runs.Values)
            {
                if (_stopping.IsCancellationRequested) return;
                hasFed |= await StepAsync(run);
            }
            if (hasFed) continue;
            try
            {
                // Nobody tells when the queue has room again, or the next hour has begun.
                if (_runs.IsEmpty) await _news.WaitAsync(_stopping.Token);
                else await Task.Delay(Tick, clock, _stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<bool> StepAsync(BatchRun run)
    {
        try
        {
            await run.Gate.WaitAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        try
        {
            if (run.Batch.State.Status == BatchStatus.Running) return await run.FeedAsync(Pause, _stopping.Token);
            return false;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception trouble) when (trouble is IOException or InvalidDataException or JournalFailedException)
        {
            Log.Failed(logger, run.Batch.Record.Id, trouble);
            Pause(run.Batch, "its file cannot be read, or the journal failed");
            return false;
        }
        finally
        {
            await FinishAsync(run);
            run.Gate.Release();
        }
    }

    private void Pause(Batch batch, string why)
    {
        store.Change(batch, state => state with { Status = BatchStatus.Paused, Reason = why });
        Log.Paused(logger, batch.Record.Id, why);
    }

    // Every recipient has ended: the numbers move from the journal to the batch's own file.
    private async Task FinishAsync(BatchRun run)
    {
        var batch = run.Batch;
        var progress = journal.Index.ProgressOf(batch.Id);
        var all = batch.State.Fed ?? batch.Record.Accepted;
        if (progress.Accepted < all || progress.Waiting > 0) return;
        var counts = new BatchCounts(
            0, 0, progress.Delivered, progress.Failed, progress.Expired,
            progress.Cancelled + (batch.Record.Accepted - all), progress.Suppressed);
        store.Change(batch, state => state with
        {
            Status = state.Status == BatchStatus.Cancelled ? BatchStatus.Cancelled : BatchStatus.Completed,
            Final = counts,
        });
        journal.Index.ForgetBatch(batch.Id);
        _runs.TryRemove(batch.Id, out _);
        await run.DisposeAsync();
        Log.Completed(logger, batch.Record.Id, counts);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, EventName = "batch_completed",
            Message = "{BatchId} is complete: {Counts}")]
        public static partial void Completed(ILogger logger, string batchId, BatchCounts counts);

        [LoggerMessage(Level = LogLevel.Warning, EventName = "batch_paused", Message = "{BatchId} rests: {Why}")]
        public static partial void Paused(ILogger logger, string batchId, string why);

        [LoggerMessage(Level = LogLevel.Error, EventName = "batch_failed", Message = "{BatchId} cannot go on")]
        public static partial void Failed(ILogger logger, string batchId, Exception trouble);
    }
}
