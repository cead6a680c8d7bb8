using Ekiden.Events.Projection;
using Ekiden.Events.Storage;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.Extensions.Logging;

namespace Ekiden.Events;

/// <summary>
/// What happened to every message: a view of the journal in one SQLite file a day, searched by recipient, message and
/// whatever else. Webhooks, sinks and streams read it by <see cref="EventId.Sequence"/>.
/// </summary>
/// <remarks>Thread-safe. Searches block for the disk; they run beside the writer and never wait for it.</remarks>
public sealed class EventLog : IAsyncDisposable
{
    private readonly EventReader _reader;
    private readonly EventProjector _projector;
    private readonly EventMetrics _metrics;

    private EventLog(EventFiles files, EventProjector projector, object? scope)
    {
        _reader = new EventReader(files);
        _projector = projector;
        _metrics = new EventMetrics(projector, scope);
    }

    /// <summary>The sequence of the last event; 0 while there is none.</summary>
    public long LastSequence => _projector.LastSequence;

    /// <summary>Events written since it was opened.</summary>
    public long Written => _projector.Written;

    /// <summary>Opens the log, or makes it, and finds how far it is; it follows the journal from
    /// <see cref="Start"/> on.</summary>
    /// <exception cref="IOException">The directory cannot be made.</exception>
    public static EventLog Open(
        EventLogOptions options, FileJournal journal, IReplyReader replies, TimeProvider clock, ILoggerFactory loggers)
    {
        System.IO.Directory.CreateDirectory(options.Directory);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                options.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        var files = new EventFiles(options.Directory);
        var projector = new EventProjector(
            files, journal, replies, (clock, options.Retention), loggers.CreateLogger<EventProjector>());
        return new EventLog(files, projector, options.MeterScope);
    }

    /// <summary>Begins to follow the journal.</summary>
    public void Start() => _projector.Start();

    /// <summary>
    /// Adds events that are no facts of the journal; completes when they can be read and are on stable storage.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The log is closed.</exception>
    public Task AppendAsync(IReadOnlyList<NewEvent> events, CancellationToken cancel) =>
        _projector.AppendAsync(events, cancel);

    /// <summary>The events of a query.</summary>
    public EventPage Read(EventQuery query, CancellationToken cancel) => _reader.Read(query, cancel);

    /// <summary>Completes when there are events behind this one.</summary>
    public Task WaitForNewsAsync(long sequence, CancellationToken cancel) =>
        _projector.WaitForNewsAsync(sequence, cancel);

    /// <summary>What the log knows of a message; null when nothing.</summary>
    public SentMessage? FindMessage(MessageId id) => _reader.FindMessage(id) is { } row
        ? new SentMessage(id, row.Account, row.Stream, row.AcceptedAt, row.Sender, row.Subject, row.Recipients)
        : null;

    /// <summary>Reads the rest of the journal, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        await _projector.DisposeAsync();
    }
}
