using System.Globalization;
using Ekiden.Spool.Disk;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Segments;

/// <summary>
/// The segment files of a directory: makes them ready ahead of need, reuses deleted ones, keeps the emergency reserve.
/// </summary>
/// <remarks>
/// Names: <c>ID.segment</c>, <c>ID.spare</c> (was segment ID, may be reused), <c>reserve</c>, <c>*.new</c> (not ready).
/// A file gets its segment name only when its header is durable, and is used only when its name is: whatever a crash
/// leaves, a file with a segment name holds frames of that id or none.
/// </remarks>
internal sealed partial class SegmentStore(
    SegmentLogOptions options, IDisk disk, SpaceGuard space, ILogger logger) : IDisposable
{
    private const string SegmentSuffix = ".segment";
    private const string SpareSuffix = ".spare";
    private const string NewSuffix = ".new";
    private const string ReserveName = "reserve";
    private const int FillStep = 1 << 20;

    private static readonly byte[] Zeros = new byte[FillStep];

    private readonly Lock _gate = new();
    private readonly SortedList<long, Segment> _segments = [];
    private readonly Queue<string> _spares = new();
    private readonly Queue<Segment> _stale = new();
    private Segment? _prepared;
    private long _lastAdmitted;
    private bool _hasReserve;
    private long _lastId;

    /// <summary>Finds what is there. Frames are not read.</summary>
    public void Open()
    {
        disk.CreateDirectory(options.Directory);
        foreach (var entry in disk.List(options.Directory))
        {
            var path = PathOf(entry.Name);
            if (entry.Name == ReserveName) _hasReserve = entry.Length >= options.ReserveSize && options.ReserveSize > 0;
            else if (IdIn(entry.Name, SegmentSuffix) is { } id) AddFound(id, path);
            else if (IdIn(entry.Name, SpareSuffix) is { } old) AddSpare(old, path, entry.Length);
            else if (entry.Name.EndsWith(NewSuffix, StringComparison.Ordinal)) disk.Delete(path);
        }
    }

    /// <summary>The segments, oldest first; a prepared one is not among them.</summary>
    public Segment[] Segments
    {
        get
        {
            lock (_gate) return [.. _segments.Values];
        }
    }

    /// <summary>The segment, entered for reading; null when it is gone. Leave it.</summary>
    public Segment? Enter(long id)
    {
        lock (_gate) return _segments.TryGetValue(id, out var segment) && segment.TryEnter() ? segment : null;
    }

    /// <summary>The next segment to write, durable and empty: the prepared one, or one made now.</summary>
    /// <exception cref="DiskException">It cannot be made; <see cref="DiskException.IsFull"/> is no failure of the
    /// disk.</exception>
    public Segment TakeNext()
    {
        Segment? next;
        lock (_gate)
        {
            next = _prepared;
            _prepared = null;
        }

        return Admit(next ?? MakeFromWhatIsThere());
    }

    /// <summary>
    /// A segment whose space was written before, for when the disk is full: the prepared one when it is such, a spare,
    /// at last the reserve. Null when there is none.
    /// </summary>
    public Segment? TakeWritten()
    {
        Segment? prepared;
        bool hasReserve;
        lock (_gate)
        {
            prepared = _prepared is { IsWritten: true } ? _prepared : null;
            if (prepared is not null) _prepared = null;
            hasReserve = _hasReserve;
        }

        if (prepared is not null) return Admit(prepared);
        if (TakeSpare() is { } spare) return Admit(Convert(spare));
        if (!hasReserve) return null;
        lock (_gate) _hasReserve = false;
        return Admit(Convert(PathOf(ReserveName)));
    }

    /// <summary>Makes the next segment ready, when none is: from a spare, or a new file that will grow.</summary>
    public void Prepare()
    {
        DiscardStale();
        lock (_gate)
        {
            if (_prepared is not null) return;
        }

        Offer(MakeFromWhatIsThere());
    }

    /// <summary>Makes a segment of zeros the next one, when the next one would grow and there is room.</summary>
    public void PrepareFilled(CancellationToken cancel)
    {
        lock (_gate)
        {
            if (_prepared is { IsWritten: true }) return;
        }

        if (space.Refuses(2L * options.SegmentSize) is not null) return;
        if (MakeZeros(PathOf("zeros" + NewSuffix), options.SegmentSize, cancel) is { } path) Offer(Convert(path));
        DiscardStale();
    }

    /// <summary>Makes the emergency reserve again, when it is missing and there is room for it.</summary>
    public void PrepareReserve(CancellationToken cancel)
    {
        lock (_gate)
        {
            if (_hasReserve || options.ReserveSize == 0) return;
        }

        if (space.Refuses(options.ReserveSize) is not null) return;
        if (MakeZeros(PathOf(ReserveName + NewSuffix), options.ReserveSize, cancel) is not { } path) return;
        disk.Rename(path, PathOf(ReserveName));
        disk.SyncDirectory(options.Directory);
        lock (_gate) _hasReserve = true;
    }

    /// <summary>Gives a segment up: kept as a spare, or removed. Durable when it returns.</summary>
    public void Delete(long id)
    {
        Segment? segment;
        lock (_gate)
        {
            if (!_segments.Remove(id, out segment)) return;
        }

        Discard(segment);
    }

    /// <summary>Closes all files.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var segment in _segments.Values) segment.Retire();
            _prepared?.Retire();
        }
    }

    private static long? IdIn(string name, string suffix) =>
        name.EndsWith(suffix, StringComparison.Ordinal) && long.TryParse(
            name.AsSpan(0, name.Length - suffix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
            out var id) && id > 0
            ? id
            : null;

    private string PathOf(string name) => Path.Combine(options.Directory, name);

    private string PathOf(long id, string suffix) =>
        PathOf(string.Create(CultureInfo.InvariantCulture, $"{id:x16}{suffix}"));

    private void AddFound(long id, string path)
    {
        var file = disk.Open(path, DiskFileMode.ReadWrite);
        var capacity = (int)Math.Min(int.MaxValue, file.Length);
        _segments.Add(id, new Segment(id, path, file) { Capacity = capacity, Length = capacity });
        _lastId = Math.Max(_lastId, id);
    }

    private void AddSpare(long old, string path, long length)
    {
        _lastId = Math.Max(_lastId, old);
        if (IsWorthKeeping(length) && _spares.Count < options.Spares) _spares.Enqueue(path);
        else disk.Delete(path);
    }

    // Ids grow in the order of use: what was prepared before another one came first is not used any more.
    private Segment Admit(Segment segment)
    {
        lock (_gate)
        {
            _segments.Add(segment.Id, segment);
            _lastAdmitted = segment.Id;
            if (_prepared is null || _prepared.Id > segment.Id) return segment;
            _stale.Enqueue(_prepared);
            _prepared = null;
        }

        return segment;
    }

    private void Offer(Segment made)
    {
        lock (_gate)
        {
            if (_prepared is not null) _stale.Enqueue(_prepared);
            _prepared = null;
            if (made.Id > _lastAdmitted) _prepared = made;
            else _stale.Enqueue(made);
        }
    }

    private void DiscardStale()
    {
        while (true)
        {
            Segment? segment;
            lock (_gate)
            {
                if (!_stale.TryDequeue(out segment)) return;
            }

            Discard(segment);
        }
    }

    // A file that was not written to its end would grow again.
    private bool IsWorthKeeping(long length) => length >= options.SegmentSize / 4 * 3;

    private string? TakeSpare()
    {
        lock (_gate) return _spares.TryDequeue(out var path) ? path : null;
    }

    private void Discard(Segment segment)
    {
        var isWorthKeeping = IsWorthKeeping(segment.File.Length);
        var isFree = segment.Retire();
        bool isKept;
        lock (_gate) isKept = isFree && isWorthKeeping && _spares.Count < options.Spares;
        if (isKept)
        {
            var spare = PathOf(segment.Id, SpareSuffix);
            disk.Rename(segment.Path, spare);
            disk.SyncDirectory(options.Directory);
            lock (_gate) _spares.Enqueue(spare);
            return;
        }

        disk.Delete(segment.Path);
        disk.SyncDirectory(options.Directory);
    }

    private Segment MakeFromWhatIsThere() => TakeSpare() is { } spare ? Convert(spare) : Make();

    // A new, empty file, which grows.
    private Segment Make()
    {
        var id = Interlocked.Increment(ref _lastId);
        var path = PathOf(id, NewSuffix);
        disk.Open(path, DiskFileMode.CreateNew).Dispose();
        return Name(path, id, isWritten: false);
    }

    // Space that was written before becomes a segment: its old frames carry another id.
    private Segment Convert(string path) => Name(path, Interlocked.Increment(ref _lastId), isWritten: true);

    // The order matters: header, its sync, name, sync of the name.
    private Segment Name(string path, long id, bool isWritten)
    {
        long length;
        using (var file = disk.Open(path, DiskFileMode.ReadWrite))
        {
            var header = new byte[SegmentHeader.Size];
            SegmentHeader.Write(header, id);
            file.Write(0, [header]);
            file.Sync();
            length = file.Length;
        }

        var named = PathOf(id, SegmentSuffix);
        disk.Rename(path, named);
        disk.SyncDirectory(options.Directory);
        Log.Prepared(logger, id, isWritten);
        return new Segment(id, named, disk.Open(named, DiskFileMode.ReadWrite))
        {
            Capacity = isWritten ? (int)Math.Min(length, options.SegmentSize) : options.SegmentSize,
            IsWritten = isWritten,
        };
    }

    // Null when cancelled, or when the disk is full: the file is removed again.
    private string? MakeZeros(string path, int size, CancellationToken cancel)
    {
        using var file = disk.Open(path, DiskFileMode.CreateNew);
        try
        {
            for (var done = 0; done < size && !cancel.IsCancellationRequested; done += FillStep)
                file.Write(done, [Zeros.AsMemory(0, Math.Min(FillStep, size - done))]);
            if (!cancel.IsCancellationRequested)
            {
                file.Sync();
                space.Wrote(size);
                return path;
            }
        }
        catch (DiskException full) when (full.IsFull)
        {
            space.MarkFull();
        }

        disk.Delete(path);
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "segment {Segment} is ready, written before: {IsWritten}")]
        public static partial void Prepared(ILogger logger, long segment, bool isWritten);
    }
}
