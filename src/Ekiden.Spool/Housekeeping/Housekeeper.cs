using System.Threading.Channels;
using Ekiden.Spool.Journal;
using Ekiden.Spool.Segments;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Housekeeping;

/// <summary>
/// Keeps disk and restart small, beside the writer: snapshots, segments that go, compaction of those nearly empty,
/// bodies nobody needs. One pass at a time; after every new segment, and now and then.
/// </summary>
internal sealed partial class Housekeeper : IAsyncDisposable
{
    private readonly JournalParts _parts;
    private readonly SnapshotKeeper _snapshots;
    private readonly SegmentKeeping _segments;
    private readonly Compactor _compactor;
    private readonly ILogger _logger;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SemaphoreSlim _onePass = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    public Housekeeper(JournalParts parts, LogPosition snapshot)
    {
        _parts = parts;
        _snapshots = new SnapshotKeeper(parts, snapshot);
        _segments = new SegmentKeeping(parts, _snapshots);
        _compactor = new Compactor(parts);
        _logger = parts.Loggers.CreateLogger<Housekeeper>();
    }

    /// <summary>Begins to work in the background.</summary>
    public void Start()
    {
        _parts.View.Changed = Wake;
        _loop = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Segments that the reader still needs stay.</summary>
    public void KeepFor(IJournalReader reader) => _segments.KeepFor(reader);

    /// <summary>One whole pass, now.</summary>
    public async Task PassAsync(CancellationToken cancel)
    {
        await _onePass.WaitAsync(cancel);
        try
        {
            foreach (var segment in _segments.Sparse())
            {
                if (await _compactor.CompactAsync(segment, cancel)) _segments.Settle((int)segment.Id);
            }
            KillPoint.Pass("compaction.copied");
            if (_segments.WantSnapshot()) await _snapshots.TakeAsync(cancel);
            await _segments.DropAsync(cancel);
            await _segments.DropBodiesAsync();
        }
        finally
        {
            _onePass.Release();
        }
    }

    /// <summary>A snapshot of the index as it is now.</summary>
    public async Task TakeSnapshotAsync(CancellationToken cancel)
    {
        await _onePass.WaitAsync(cancel);
        try
        {
            await _snapshots.TakeAsync(cancel);
        }
        finally
        {
            _onePass.Release();
        }
    }

    /// <summary>Ends the pass that is running, and takes a last snapshot so that the next start is fast.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        if (!_parts.Log.Failure.IsCompleted)
        {
            try
            {
                await TakeSnapshotAsync(CancellationToken.None);
            }
            catch (Exception e) when (e is IOException or JournalFailedException or SpoolFullException)
            {
                Log.Failed(_logger, e);
            }
        }
        _stopping.Dispose();
        _onePass.Dispose();
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    private async Task RunAsync()
    {
        await using var timer = _parts.Time.CreateTimer(
            _ => Wake(), null, _parts.Options.HousekeepingEvery, _parts.Options.HousekeepingEvery);
        try
        {
            while (!_parts.Log.Failure.IsCompleted)
            {
                await _wake.Reader.ReadAsync(_stopping.Token);
                await TryPassAsync();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The journal is being closed.
        }
    }

    private async Task TryPassAsync()
    {
        try
        {
            await PassAsync(_stopping.Token);
        }
        catch (Exception e) when (e is IOException or JournalFailedException or SpoolFullException)
        {
            // Nothing is lost by housekeeping that failed: everything stays on disk, and the next pass tries again.
            Log.Failed(_logger, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Housekeeping of the spool failed and is tried again later")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
