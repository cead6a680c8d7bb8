using System.Threading.Channels;
using Ekiden.Events.Storage;
using Ekiden.Spool;
using Ekiden.Spool.Following;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Ekiden.Events.Projection;

/// <summary>
/// Follows the journal and writes the event log behind it: woken when the journal grew, then all that is there in
/// transactions of some thousand events. It takes nothing from those who commit, and when the log cannot be written it
/// falls behind: mail never waits for it.
/// </summary>
internal sealed partial class EventProjector : IAsyncDisposable
{
    // Events of a tenth of a second share a transaction.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RestAfterTrouble = TimeSpan.FromSeconds(5);
    private const int BytesPerTransaction = 4 << 20;
    private const int OthersPerTransaction = 10_000;

    private readonly FileJournal _journal;
    private readonly DayWriter _writer;
    private readonly FactProjection _projection;
    private readonly OtherEvents _others;
    private readonly TimeProvider _clock;
    private readonly Retention _retention;
    private readonly ILogger _logger;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stopping = new();
    private readonly JournalFeed _feed;
    private Task _loop = Task.CompletedTask;
    private TaskCompletionSource _news = NewNews();
    private int _isWoken;
    private long _wokenAt;
    private long _lastSequence;

    public EventProjector(
        EventFiles files, FileJournal journal, IReplyReader replies, (TimeProvider Clock, TimeSpan Retention) with,
        ILogger<EventProjector> logger)
    {
        (_journal, _clock, _logger) = (journal, with.Clock, logger);
        _retention = new Retention(files, with.Retention, logger);
        _writer = new DayWriter(files, journal.Instance);
        var outcomes = new OutcomeRows(replies);
        _projection = new FactProjection(_writer, outcomes, logger);
        _others = new OtherEvents(_writer, outcomes);
        _feed = journal.Follow(_writer.Position);
        _lastSequence = _writer.LastSequence;
    }

    /// <summary>The sequence of the last event that can be read.</summary>
    public long LastSequence => Volatile.Read(ref _lastSequence);

    /// <summary>Events written since the start.</summary>
    public long Written => _writer.Written;

    /// <summary>Facts that no event could be made of, since the start.</summary>
    public long Losses => _projection.Losses;

    /// <summary>Bytes of the journal that were not read yet.</summary>
    public long BytesBehind => _feed.Behind;

    /// <summary>How long the oldest fact without an event waits, about.</summary>
    public TimeSpan Lag => Volatile.Read(ref _isWoken) == 0
        ? TimeSpan.Zero : _clock.GetElapsedTime(Volatile.Read(ref _wokenAt));

    /// <summary>Begins to follow.</summary>
    public void Start()
    {
        _journal.Grew = Wake;
        _loop = Task.Run(RunAsync, CancellationToken.None);
        Wake();
    }

    /// <summary>
    /// Adds events that are no facts of the journal; completes when they can be read and are flushed.
    /// </summary>
    public Task AppendAsync(IReadOnlyList<NewEvent> events, CancellationToken cancel)
    {
        var added = _others.Add(events, _clock.GetUtcNow());
        Wake();
        return added.WaitAsync(cancel);
    }

    /// <summary>Completes when there are events behind this one.</summary>
    public async Task WaitForNewsAsync(long sequence, CancellationToken cancel)
    {
        while (true)
        {
            var news = Volatile.Read(ref _news);
            if (LastSequence > sequence) return;
            await news.Task.WaitAsync(cancel);
        }
    }

    /// <summary>Reads what is flushed, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        await _loop;
        try
        {
            Catch();
        }
        catch (Exception trouble) when (trouble is SqliteException or IOException)
        {
            Log.Trouble(_logger, trouble); // the next start goes on where the log ends
        }
        _journal.Grew = null;
        _others.Close();
        _writer.Dispose();
        _stopping.Dispose();
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _isWoken, 1) != 0) return;
        Volatile.Write(ref _wokenAt, _clock.GetTimestamp());
        _wake.Writer.TryWrite(true);
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _wake.Reader.ReadAsync(_stopping.Token);
                await Task.Delay(Gathering, _clock, _stopping.Token);
                Volatile.Write(ref _isWoken, 0);
                if (!TryCatch()) await Task.Delay(RestAfterTrouble, _clock, _stopping.Token);
                // What is written and not flushed yet, nobody else will tell of.
                if (_feed.HasUnflushed || _others.HasMore) Wake();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    // The barrier of the loop: a log that cannot be written is told, and tried again.
    private bool TryCatch()
    {
        try
        {
            Catch();
            return true;
        }
        catch (Exception trouble)
        {
            Log.Trouble(_logger, trouble);
            _writer.GiveUp();
            _feed.GoBack(_writer.Position);
            Wake();
            return false;
        }
    }

    private void Catch()
    {
        while (true)
        {
            var others = _others.Take(OthersPerTransaction);
            _writer.Begin(_clock.GetUtcNow(), flushes: others.Count > 0);
            var hasMore = _feed.Read(_projection, BytesPerTransaction);
            if (!hasMore && others.Count == 0)
            {
                _writer.End();
                _retention.Apply(_clock.GetUtcNow());
                return;
            }
            _others.Write(others);
            _writer.Commit(_feed.Next);
            _feed.Pass(_feed.Next);
            _others.Complete(others);
            Volatile.Write(ref _lastSequence, _writer.LastSequence);
            Interlocked.Exchange(ref _news, NewNews()).TrySetResult();
        }
    }

    private static TaskCompletionSource NewNews() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The event log cannot be written and is tried again; mail goes on")]
        public static partial void Trouble(ILogger logger, Exception exception);
    }
}
