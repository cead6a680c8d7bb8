using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Spool.Content;
using Ekiden.Spool.Disk;
using Ekiden.Spool.Index;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Snapshots;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Journal;

/// <summary>
/// Brings the index back: the snapshot, then the journal behind it; the whole journal when there is no good snapshot.
/// Both ways end in the same state (reliability INV9).
/// </summary>
/// <remarks>
/// What a damaged part means is docs/decisions/0005: a message that cannot be read is held in quarantine; a fact that
/// cannot be read is as if it had never been written, so its recipients are tried again rather than lost.
/// </remarks>
internal sealed partial class Recovery(
    JournalOptions options, IDisk disk, TimeProvider time, ILoggerFactory loggers, IDisposable claim) : IReplayHandler
{
    // An attempt that the process did not survive is not made again at once when it was the second: the others go
    // first, and if it is this message that ends the process, it does so alone (reliability M-R2).
    private static readonly TimeSpan SuspectDelay = TimeSpan.FromSeconds(30);
    private const int Suspect = 2;
    private const int Poison = 3;

    private readonly ILogger _logger = loggers.CreateLogger<Recovery>();
    private readonly List<EntryInFrame> _entries = [];
    private readonly ImmutableHashSet<MessageId>.Builder _keyed = ImmutableHashSet.CreateBuilder<MessageId>();
    private QueueIndex _index = new(time);

    /// <summary>The index as far as it was read back.</summary>
    internal QueueIndex Index => _index;

    /// <summary>Where the snapshot that was used ends; the beginning when none was.</summary>
    public LogPosition Snapshot { get; private set; }

    /// <summary>What was decided, to be written to the journal before anything else.</summary>
    public List<JournalEntry> Decisions { get; } = [];

    /// <summary>What was found.</summary>
    public RecoveryReport Report { get; private set; } = new();

    /// <summary>Reads everything back and starts the log.</summary>
    public JournalParts Run()
    {
        var began = time.GetTimestamp();
        var superblock = Superblock.Open(options.Directory, disk);
        var space = new SpaceLimits { FloorBytes = options.FreeFloorBytes, FloorPart = options.FreeFloorPart };
        var log = Read(superblock, space);
        var contents = ContentSegments.Open(
            new ContentOptions(Path.Join(options.Directory, "content")) { Space = space },
            disk, time);
        contents.UsedUpTo(_index.Ledger.BodySegments.DefaultIfEmpty().Max());
        var parts = Assemble(superblock, log, contents);
        log.Start(parts.View);
        DeleteDropped(log);
        Report = Report with
        {
            Took = time.GetElapsedTime(began),
            Messages = _index.Tables.MessageCount,
            Keyed = _keyed.ToImmutable(),
        };
        Log.Recovered(_logger, Report.Messages, _index.Accounting.Waiting, Report.Took.TotalMilliseconds);
        return parts;
    }

    /// <summary>Reads everything back, and starts nothing.</summary>
    internal SegmentLog Read(Superblock superblock, SpaceLimits space)
    {
        var logOptions = new SegmentLogOptions(Path.Join(options.Directory, "log"))
        {
            SegmentSize = options.SegmentSize,
            Space = space,
        };
        if (options.IsPlain) logOptions = logOptions with { FillAhead = false, Spares = 0, ReserveSize = 0 };
        var log = SegmentLog.Open(logOptions, disk, time, loggers.CreateLogger<SegmentLog>());
        LoadSnapshot(superblock, log);
        log.Replay(Snapshot, this, CancellationToken.None);
        EndReplay(log);
        return log;
    }

    /// <inheritdoc/>
    public void Replayed(FrameLocation at, ReadOnlySpan<byte> payload)
    {
        var result = EntryReader.ReadAll(payload, _entries);
        if (result == EntryResult.TooNew)
        {
            throw new SpoolVersionException(
            $"an entry in segment {at.Segment} at {at.Offset}");
        }

        foreach (var entry in _entries) Apply(entry, at);
        Report = Report with { Frames = Report.Frames + 1 };
        // The checksum was right, so this is a mistake of the writer; what was readable is applied.
        if (result == EntryResult.Damaged) Lose(at.Segment, at.Offset, "an entry of a whole frame cannot be read");
    }

    /// <inheritdoc/>
    public void Damaged(DamagedRange range, ReadOnlySpan<byte> bytes)
    {
        Lose(range.Segment, range.Offset, $"{range.Cause}, {range.Length} bytes");
        if (range.Cause != DamageCause.Payload) return;
        EntryReader.ReadEnvelopes(bytes, _entries);
        var at = new FrameLocation(range.Segment, range.Offset, range.Length - FrameHeader.Size);
        foreach (var entry in _entries)
        {
            Apply(entry, at);
            Hold(entry.Record switch
            {
                SpoolRecord.Accepted accepted => accepted.Message.Id,
                SpoolRecord.Carried carried => carried.Message.Id,
                _ => default,
            });
        }
    }

    private void Apply(in EntryInFrame entry, FrameLocation at)
    {
        if (entry.Record is SpoolRecord.Accepted { Message: { IdempotencyKey: not null } keyed }) _keyed.Add(keyed.Id);
        _index.Applier.Apply(entry.Record, EntryLocation.Of(at, entry.Offset, entry.Length), replaying: true);
        _index.Applier.Waiting.Clear();
        _index.Applier.Finished.Clear();
        _index.Applier.Deferred.Clear();
    }

    private void Lose(long segment, int offset, string what)
    {
        Report = Report with { DamagedRanges = Report.DamagedRanges + 1 };
        Log.Lost(_logger, segment, offset, what);
    }

    private void Hold(MessageId id)
    {
        var message = _index.Tables.Find(id);
        if (message < 0) return;
        Report = Report with { Quarantined = Report.Quarantined + 1 };
        Log.Quarantined(_logger, id);
        Quarantine.Note(options.Directory, disk, id, $"{id}\nfound damaged at the start\n");
        HoldAll(message);
    }

    // In memory now, and in the journal as soon as it runs.
    private void HoldAll(int message)
    {
        var tables = _index.Tables;
        var now = time.GetUtcNow();
        var places = ImmutableArray.CreateBuilder<int>();
        for (var slot = tables.Messages.Read(message).FirstRecipient; slot >= 0; slot = tables.Recipients.Read(
            slot).Next)
        {
            if (tables.Recipients.Read(slot).State == RecipientState.Waiting)
            {
                places.Add(
                tables.Recipients.Read(slot).Place);
            }
        }
        var id = tables.Messages.Read(message).Id;
        if (places.Count > 0)
        {
            Decisions.Add(new JournalEntry.Changed(
                id, now, QueueChange.Hold, places.DrainToImmutable(), now, "quarantine"));
        }

        _index.HoldDamaged(message);
    }

    private void LoadSnapshot(Superblock superblock, SegmentLog log)
    {
        var found = SnapshotReader.Read(options.Directory, disk, superblock.Instance, _index);
        switch (found)
        {
            case SnapshotResult.Good good when Follows(log, good.Position):
                Snapshot = good.Position;
                return;
            case SnapshotResult.None:
                return;
            case SnapshotResult.Damaged damaged:
                Log.BadSnapshot(_logger, damaged.Why);
                break;
            case SnapshotResult.Good good:
                Log.BadSnapshot(_logger, $"the log ends before its segment {good.Position.Segment}");
                break;
        }
        _index = new QueueIndex(time);
    }

    // The last segment may be gone when it was empty. Otherwise frames to come could stand before the position.
    private static bool Follows(SegmentLog log, LogPosition position) =>
        position.Offset <= SegmentHeader.Size || log.Segments.Any(segment => segment.Id >= position.Segment);

    private void EndReplay(SegmentLog log)
    {
        var present = log.Segments.Select(segment => (int)segment.Id).ToHashSet();
        var tables = _index.Tables;
        for (var slot = 0; slot < tables.Recipients.Count; slot++)
        {
            ref readonly var recipient = ref tables.Recipients.Read(slot);
            if (recipient.Message < 0 || recipient.IsFinished || recipient.Started == 0) continue;
            ref var interrupted = ref tables.Recipients.Write(slot);
            interrupted.Set(RecipientFlags.PossibleDuplicate, true);
            if (interrupted.State != RecipientState.Waiting) continue;
            if (interrupted.Started == Suspect) Delay(ref interrupted);
            if (interrupted.Started >= Poison) HoldPoison(interrupted.Message);
        }
        foreach (var segment in _index.Ledger.Segments.ToArray())
        {
            if (!present.Contains(segment) && _index.Ledger.Live(segment).Messages > 0) HoldHomeless(segment);
        }
    }

    private void Delay(ref RecipientSlot suspect)
    {
        var tables = _index.Tables;
        var now = time.GetUtcNow();
        if (tables.Clock.Moment(suspect.Due) >= now + SuspectDelay) return;
        suspect.Due = tables.Clock.Tick(now + SuspectDelay);
        Decisions.Add(new JournalEntry.Changed(
            tables.Messages.Read(suspect.Message).Id, now, QueueChange.Reschedule, [suspect.Place], now + SuspectDelay,
            "recovery"));
    }

    private void HoldPoison(int message)
    {
        Log.Poison(_logger, _index.Tables.Messages.Read(message).Id, Poison);
        Report = Report with { Quarantined = Report.Quarantined + 1 };
        HoldAll(message);
    }

    private void HoldHomeless(int segment)
    {
        for (var message = 0; message < _index.Tables.Messages.Count; message++)
        {
            ref readonly var slot = ref _index.Tables.Messages.Read(message);
            if (slot.Unfinished > 0 && slot.Home.Segment == segment) Hold(slot.Id);
        }
    }

    // A crash came between the record that drops them and their deletion.
    private void DeleteDropped(SegmentLog log)
    {
        foreach (var segment in _index.Ledger.Dropped)
        {
            if (log.Segments.Any(one => one.Id == segment)) log.Delete(segment);
        }
        _index.Ledger.Dropped.Clear();
    }

    private JournalParts Assemble(Superblock superblock, SegmentLog log, ContentSegments contents)
    {
        var memory = new ContentMemory(options.ContentMemory);
        var fresh = new FreshMessages(memory, Math.Min(options.FreshMemory, options.ContentMemory));
        var pending = new PendingFacts(_index.Tables, () => log.FlushAsync().AsTask());
        return new JournalParts(options, superblock, disk, claim, time, loggers)
        {
            Log = log,
            Contents = contents,
            Index = _index,
            Pending = pending,
            Memory = memory,
            Fresh = fresh,
            View = new JournalView(_index, pending, fresh),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information,
            "The spool holds {Messages} messages, {Waiting} recipients; read in {Milliseconds:F0} ms")]
        public static partial void Recovered(ILogger logger, int messages, long waiting, double milliseconds);

        [LoggerMessage(LogLevel.Critical, "The journal is damaged in segment {Segment} at {Offset}: {What}")]
        public static partial void Lost(ILogger logger, long segment, int offset, string what);

        [LoggerMessage(LogLevel.Critical, "{MessageId} cannot be read and is held in quarantine")]
        public static partial void Quarantined(ILogger logger, MessageId messageId);

        [LoggerMessage(LogLevel.Critical,
            "{MessageId} was being attempted when the process ended, {Times} times: held in quarantine")]
        public static partial void Poison(ILogger logger, MessageId messageId, int times);

        [LoggerMessage(LogLevel.Warning, "The snapshot is not used, the whole journal is read: {Why}")]
        public static partial void BadSnapshot(ILogger logger, string why);
    }
}
