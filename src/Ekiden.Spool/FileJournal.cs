using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Ekiden.Mail;
using Ekiden.Spool.Content;
using Ekiden.Spool.Disk;
using Ekiden.Spool.Following;
using Ekiden.Spool.Housekeeping;
using Ekiden.Spool.Journal;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool;

/// <summary>The journal in segment files of one directory: the default of a single node.</summary>
/// <remarks>
/// Life: <see cref="Open(JournalOptions, TimeProvider, ILoggerFactory)"/> reads everything back;
/// <see cref="Attach"/> tells the queue who waits; disposing flushes, and takes a snapshot so that the next start is
/// fast.
/// </remarks>
public sealed class FileJournal : IJournal
{
    [ThreadStatic]
    private static EntryWriter? _entryWriter;

    private readonly JournalParts _parts;
    private readonly StoredMessages _messages;
    private readonly StoredOutcomes _outcomes;
    private readonly Housekeeper _housekeeper;

    private readonly Task _recovered;

    private FileJournal(JournalParts parts, Recovery recovery)
    {
        _parts = parts;
        Recovery = recovery.Report;
        _messages = new StoredMessages(parts, this);
        _outcomes = new StoredOutcomes(parts);
        _housekeeper = new Housekeeper(parts, recovery.Snapshot);
        _recovered = RecordAsync(recovery.Decisions);
        Failure = Task.WhenAny(parts.Log.Failure, parts.Contents.Failure).Unwrap();
    }

    /// <inheritdoc/>
    public QueueIndex Index => _parts.Index;

    /// <inheritdoc/>
    public Task<Exception> Failure { get; }

    /// <summary>What recovery found when the journal was opened.</summary>
    public RecoveryReport Recovery { get; }

    /// <summary>Flushes of the log since it was opened.</summary>
    public long Flushes => _parts.Log.Counters.Flushes;

    internal Housekeeper Housekeeper => _housekeeper;

    internal JournalParts Parts => _parts;

    /// <summary>Opens a directory, or makes it, and reads the state of every recipient back. Blocks: once, at the
    /// start.</summary>
    /// <exception cref="SpoolInUseException">Another process has it.</exception>
    /// <exception cref="IOException">The directory cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">The directory is not a spool.</exception>
    public static FileJournal Open(JournalOptions options, TimeProvider time, ILoggerFactory loggers) =>
        Open(options, new LinuxDisk(), time, loggers);

    internal static FileJournal Open(JournalOptions options, IDisk disk, TimeProvider time, ILoggerFactory loggers)
    {
        disk.CreateDirectory(options.Directory);
        var claim = disk.TryLock(Path.Join(options.Directory, "lock"))
            ?? throw new SpoolInUseException(options.Directory);
        try
        {
            var recovery = new Recovery(options, disk, time, loggers, claim);
            var parts = recovery.Run();
            var journal = new FileJournal(parts, recovery);
            journal._housekeeper.Start();
            return journal;
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    /// <summary>
    /// From now on the queue is told of every recipient that waits, the ones first that wait already. Once, when the
    /// queue can take them.
    /// </summary>
    public void Attach(IRecipientQueue queue) => _parts.View.Attach(queue);

    /// <summary>Segments that a reader still needs are kept for it, up to
    /// <see cref="JournalOptions.RetentionLimit"/>.</summary>
    public void KeepFor(IJournalReader reader) => _housekeeper.KeepFor(reader);

    /// <summary>Which journal this is: random, chosen when its directory was made.</summary>
    public UInt128 Instance => _parts.Superblock.Instance;

    /// <summary>
    /// Called on the writer thread when facts were added, some before they are flushed; must not block or throw.
    /// </summary>
    public Action? Grew
    {
        get => _parts.View.Grew;
        set => _parts.View.Grew = value;
    }

    /// <summary>Reads the journal behind its writer; segments are kept for the reader from now on.</summary>
    /// <param name="from">What the reader has passed already.</param>
    public JournalFeed Follow(JournalPosition from)
    {
        var feed = new JournalFeed(_parts.Log, from);
        KeepFor(feed);
        return feed;
    }

    /// <inheritdoc/>
    public MessageContent NewContent(long expectedSize) => new NewContent(_parts.Memory, _parts.Contents, expectedSize);

    /// <inheritdoc/>
    public string? RefusesNewMail(long expectedSize) => _parts.Log.RefusesNewMail(expectedSize);

    /// <inheritdoc/>
    /// <remarks>
    /// The journal owns the content of an accepted message from the moment of success; when the commit fails, the
    /// caller still does. Cancelling has no effect once the entries are on their way.
    /// </remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask CommitAsync(
        ImmutableArray<JournalEntry> entries, Durability durability, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (!_recovered.IsCompletedSuccessfully) await _recovered;
        foreach (var entry in entries)
        {
            // Large bodies are made durable first, by whoever brings them; the writer never waits for one.
            if (entry is JournalEntry.Accepted { Content: NewContent { IsInMemory: false } content })
                await content.SealAsync(cancel);
        }
        while (_parts.Pending.Begin(entries) is { } others) await others;
        try
        {
            await _parts.Log.AppendAsync(Encode(entries), durability);
        }
        catch (Exception e) when (e is SpoolFullException or ArgumentException)
        {
            lock (Index.Tables.Gate) _parts.Pending.End(entries);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoredMessage?> OpenAsync(MessageId id, CancellationToken cancel) =>
        _messages.OpenAsync(id, cancel);

    /// <inheritdoc/>
    public DeliveryOutcome? LastOutcome(in QueuedRecipient recipient) => _outcomes.Last(recipient);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Where it failed, Failure has told it.
        await _recovered.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _housekeeper.DisposeAsync();
        await _parts.DisposeAsync();
    }

    // What recovery decided comes before everything else, so that every later replay decides the same.
    private async Task RecordAsync(List<JournalEntry> decisions)
    {
        foreach (var decision in decisions) await _parts.Log.AppendAsync(Encode([decision]), Durability.Soon);
    }

    private Frame Encode(ImmutableArray<JournalEntry> entries)
    {
        var writer = _entryWriter ??= new EntryWriter();
        var frame = _parts.Log.NewFrame();
        var commit = new Commit(entries);
        frame.State = commit;
        try
        {
            for (var i = 0; i < entries.Length; i++)
            {
                commit.Begins(i, frame);
                if (entries[i] is JournalEntry.Accepted accepted) Encode(writer, frame, accepted);
                else writer.Fact(frame, entries[i]);
            }
            commit.Begins(entries.Length, frame);
            return frame;
        }
        catch
        {
            frame.Discard();
            throw;
        }
    }

    private static void Encode(EntryWriter writer, Frame frame, JournalEntry.Accepted accepted)
    {
        if (accepted.Content is not NewContent content)
            throw new ArgumentException("The content is not from this journal's NewContent.", nameof(accepted));
        writer.Accepted(frame, accepted.Message, content.Sealed);
        // Notices are about mail that is ours already: they are let into the reserve of a full disk.
        if (accepted.Message.Origin != MessageOrigin.Notice) frame.IsNewMail = true;
    }
}
