using Ekiden.Events.Storage;
using Ekiden.Spool.Following;

namespace Ekiden.Events.Projection;

/// <summary>
/// Writes events in transactions, each into the file of its day: the file of the newest day is open, and what comes
/// late goes there too, so that the log stays in order.
/// </summary>
internal sealed class DayWriter : IDisposable
{
    // 24 bits of segment, 23 of offset (in units of 8 bytes), 16 of the event in its frame: 63 bits that grow as the
    // journal does. An event needs more than a byte of its frame, so the last part never reaches the next frame's.
    private const int SegmentShift = 39;
    private const int OffsetShift = 13;

    private readonly EventFiles _files;
    private readonly Dictionary<CounterKey, long> _counts = [];
    private DayFile? _file;
    private LogMark _mark;
    private long _last;
    private JournalPosition _frame;
    private long _next;
    private bool _isFirstOfFrame;
    private bool _flushes;

    /// <param name="files">Where the files are.</param>
    /// <param name="journal">The journal that is followed from here on.</param>
    public DayWriter(EventFiles files, UInt128 journal)
    {
        _files = files;
        Messages = new KnownMessages(files);
        _mark = FindMark(journal);
    }

    /// <summary>The messages that events are written about.</summary>
    public KnownMessages Messages { get; }

    /// <summary>What was read of the journal and committed.</summary>
    public JournalPosition Position => _mark.Position;

    /// <summary>The sequence of the last event that was committed.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Events written since the start, committed or not.</summary>
    public long Written { get; private set; }

    /// <summary>Begins a transaction.</summary>
    /// <param name="now">Chooses the file, when none is open.</param>
    /// <param name="flushes">Its commit waits for the disk: for events that no journal could tell again.</param>
    public void Begin(DateTimeOffset now, bool flushes)
    {
        _flushes = flushes;
        _file ??= Open(DateOnly.FromDateTime(now.UtcDateTime));
        _file.Begin(flushes);
    }

    /// <summary>Ends it: what was added is in the log, and the journal is read up to here.</summary>
    public void Commit(JournalPosition position)
    {
        _mark = _mark with { Position = position };
        Current.Commit(_mark, _counts);
        _counts.Clear();
        LastSequence = Math.Max(LastSequence, _last);
    }

    /// <summary>Ends a transaction in which nothing was added.</summary>
    public void End() => Current.Rollback();

    /// <summary>Gives up what was added since <see cref="Begin"/>; the log goes on from its last commit.</summary>
    public void GiveUp()
    {
        _counts.Clear();
        Messages.Clear();
        _last = LastSequence;
        _file?.Dispose(); // takes the transaction back
        _file = null;
        _mark = FindMark(_mark.Journal);
    }

    /// <summary>The facts that follow stand at this place of the journal.</summary>
    public void BeginFrame(JournalPosition at)
    {
        _frame = at;
        _next = _mark.Base + (at.Segment << SegmentShift) + ((long)at.Offset << OffsetShift);
        _isFirstOfFrame = true;
    }

    /// <summary>Goes on in the file of this time's day, when it is a later one and a frame begins.</summary>
    public void EnterDay(DateTimeOffset at)
    {
        var isFirst = _isFirstOfFrame;
        _isFirstOfFrame = false;
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        if (!isFirst || day <= Current.Day) return;
        Commit(_frame);
        _file!.Dispose(); // there is one: it was committed to
        _file = Open(day);
        _file.Begin(_flushes);
    }

    /// <summary>The key of a message in the file of the day, to which it is added when it is not there.</summary>
    /// <param name="known">The message.</param>
    /// <param name="isNew">It was just accepted.</param>
    /// <param name="place">The recipient that is needed too.</param>
    public long KeyOf(KnownMessage known, bool isNew, int? place = null)
    {
        if (known.Day != Current.Day)
        {
            var found = isNew ? null : Current.FindMessage(known.Row.Id);
            known.Key = found ?? Current.Add(known.Row, hasRecipients: isNew);
            known.Day = Current.Day;
            known.HasRecipients = isNew;
        }
        if (!known.HasRecipients && place is { } one && AddressOf(known, one) is { Length: > 0 } address)
            Current.AddRecipient(known.Key, one, address);
        return known.Key;
    }

    /// <summary>The address at a place of the envelope; empty when it is not known any more.</summary>
    public static string AddressOf(KnownMessage known, int place) =>
        place < known.Row.Recipients.Length ? known.Row.Recipients[place] : "";

    /// <summary>Adds an event about a message.</summary>
    public void Add(KnownMessage known, in EventRow row) => Add(row, known.Row.Account, known.Row.Stream);

    /// <summary>Adds an event that is no fact of the journal, about a message or none.</summary>
    public void AddOther(KnownMessage? known, in EventRow row)
    {
        _next = 0;
        Add(row, known?.Row.Account ?? row.Account ?? "", known?.Row.Stream ?? row.Stream ?? "");
    }

    public void Dispose() => _file?.Dispose();

    private DayFile Current => _file ?? throw new InvalidOperationException("There is no transaction.");

    private void Add(in EventRow row, string account, string stream)
    {
        var sequence = Math.Max(_next, _last + 1);
        _next = sequence + 1;
        _last = sequence;
        Current.Add(sequence, row);
        Written++;
        var latency = row.Type == EventType.Delivered ? LatencySteps.Of(row.QueuedMilliseconds ?? 0) : 0;
        var key = new CounterKey(
            row.At.ToUnixTimeSeconds() / 60, account, stream, row.Provider ?? "", row.Type, row.Class ?? "", latency);
        _counts[key] = _counts.GetValueOrDefault(key) + 1;
    }

    private DayFile Open(DateOnly day)
    {
        // A clock that went back does not open yesterday's file again.
        if (_files.Days is [.., var newest] && newest > day) day = newest;
        var file = DayFile.Open(_files.PathOf(day), day);
        _last = Math.Max(_last, file.LastSequence);
        return file;
    }

    // The newest file that was committed to says it. Another journal's events come behind all there are.
    private LogMark FindMark(UInt128 journal)
    {
        var days = _files.Days;
        LogMark? mark = null;
        for (var i = days.Count - 1; i >= 0 && mark is null; i--)
        {
            using var file = DayFile.Open(_files.PathOf(days[i]), days[i]);
            mark = file.ReadMark();
            _last = Math.Max(_last, file.LastSequence);
        }
        LastSequence = _last;
        return mark is { } found && found.Journal == journal ? found : new LogMark(journal, default, _last);
    }
}
