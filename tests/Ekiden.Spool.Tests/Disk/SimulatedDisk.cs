using Ekiden.Spool.Disk;

namespace Ekiden.Spool.Tests.Disk;

/// <summary>
/// A disk in memory that remembers every operation, so that <see cref="CrashStates"/> can say what a crash may leave of
/// them; it can also fail an operation, or be full.
/// </summary>
internal sealed class SimulatedDisk : IDisk
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SimulatedFile> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directories;
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private readonly List<DiskOperation> _operations = [];
    private int _files;
    private long _used;
    private int _done;

    public SimulatedDisk(DiskImage? start = null)
    {
        Start = start ?? DiskImage.Empty;
        _directories = new HashSet<string>(Start.Directories, StringComparer.Ordinal);
        foreach (var (path, bytes) in Start.Files)
        {
            _names.Add(path, new SimulatedFile(this, _files++, bytes));
            _used += bytes.Length;
        }
    }

    /// <summary>What the disk held at first; files are numbered in its order.</summary>
    public DiskImage Start { get; }

    /// <summary>Bytes that all files together may have.</summary>
    public long Capacity { get; set; } = 1L << 40;

    /// <summary>
    /// Asked before every change and sync, with its number from 0 on: the error number it fails with; 0: it succeeds.
    /// A failing write leaves its first half; a failing sync leaves the bytes in doubt.
    /// </summary>
    public Func<int, DiskOperation, int>? Fault { get; set; }

    /// <summary>Changes and syncs so far.</summary>
    public int Done
    {
        get
        {
            lock (_gate) return _done;
        }
    }

    /// <summary>Everything that happened so far.</summary>
    public DiskOperation[] Operations
    {
        get
        {
            lock (_gate) return [.. _operations];
        }
    }

    /// <summary>What every process sees now; what a crash of the process alone, not of the machine, leaves.</summary>
    public DiskImage Now
    {
        get
        {
            lock (_gate)
            {
                return new DiskImage(
                    _names.ToDictionary(one => one.Key, one => one.Value.Bytes, StringComparer.Ordinal),
                        [.. _directories]);
            }
        }
    }

    /// <summary>Notes in the order of the operations what the program has promised.</summary>
    public void Note(object what)
    {
        lock (_gate) _operations.Add(new DiskOperation.Note(what));
    }

    public void CreateDirectory(string path)
    {
        lock (_gate)
        {
            for (var part = path; part is not null; part = Path.GetDirectoryName(part)) _directories.Add(part);
        }
    }

    public IReadOnlyList<DiskEntry> List(string directory)
    {
        lock (_gate)
        {
            if (!_directories.Contains(directory)) throw new DiskException("readdir", directory, Errno.NotFound);
            return [.. _names.Where(one => Path.GetDirectoryName(one.Key) == directory)
                .Select(one => new DiskEntry(Path.GetFileName(one.Key), one.Value.LengthNow))];
        }
    }

    public IDiskFile Open(string path, DiskFileMode mode)
    {
        lock (_gate)
        {
            if (mode == DiskFileMode.CreateNew)
            {
                if (_names.ContainsKey(path)) throw new DiskException("open", path, Errno.Exists);
                if (!_directories.Contains(Path.GetDirectoryName(path)!))
                    throw new DiskException("open", path, Errno.NotFound);
                var made = new SimulatedFile(this, _files, []);
                Do(new DiskOperation.Create(path, _files), "open", path);
                _files++;
                _names.Add(path, made);
            }

            return _names.TryGetValue(path, out var file)
                ? new OpenFile(file, path)
                : throw new DiskException("open", path, Errno.NotFound);
        }
    }

    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            if (!_names.ContainsKey(from)) throw new DiskException("rename", from, Errno.NotFound);
            Do(new DiskOperation.Rename(from, to), "rename", from);
            _names.Remove(from, out var file);
            _names[to] = file!;
        }
    }

    public void Delete(string path)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(path, out var file)) throw new DiskException("unlink", path, Errno.NotFound);
            Do(new DiskOperation.Delete(path), "unlink", path);
            _names.Remove(path);
            _used -= file.LengthNow;
        }
    }

    public void SyncDirectory(string path)
    {
        lock (_gate) Do(new DiskOperation.SyncDirectory(path), "fsync", path);
    }

    public DiskSpace Space(string path)
    {
        lock (_gate) return new DiskSpace(Capacity, Capacity - _used, 0, 0);
    }

    public IDisposable? TryLock(string path)
    {
        lock (_gate) return _locks.Add(path) ? new HeldLock(this, path) : null;
    }

    // Under the gate. Throws, after telling, when the test wants this one to fail.
    private void Do(DiskOperation operation, string call, string path)
    {
        var error = Fault?.Invoke(_done, operation) ?? 0;
        _done++;
        if (error == 0)
        {
            _operations.Add(operation);
            return;
        }

        if (operation is DiskOperation.Sync sync) _operations.Add(new DiskOperation.FailedSync(sync.File));
        throw new DiskException(call, path, error);
    }

    private sealed class HeldLock(SimulatedDisk disk, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate) disk._locks.Remove(path);
        }
    }

    // The file itself, whatever its names and handles are.
    private sealed class SimulatedFile(SimulatedDisk disk, int number, byte[] start)
    {
        // Shared with the image it came from until it is written to.
        private byte[] _bytes = start;
        private int _length = start.Length;
        private bool _isShared = true;

        public int LengthNow => _length;

        public byte[] Bytes => _bytes[.._length];

        public int Read(long offset, Span<byte> buffer)
        {
            lock (disk._gate)
            {
                var count = (int)Math.Clamp(_length - offset, 0, buffer.Length);
                if (count > 0) _bytes.AsSpan((int)offset, count).CopyTo(buffer);
                return count;
            }
        }

        public void Write(string path, int offset, byte[] bytes)
        {
            lock (disk._gate)
            {
                var grows = Math.Max(0, offset + bytes.Length - _length);
                var operation = new DiskOperation.Write(number, offset, bytes);
                try
                {
                    if (disk._used + grows > disk.Capacity) throw new DiskException("pwritev", path, Errno.NoSpace);
                    disk.Do(operation, "pwritev", path);
                }
                catch (DiskException)
                {
                    // The first half arrived before the error.
                    var room = _length - offset + disk.Capacity - disk._used;
                    var half = bytes[..(int)Math.Clamp(room, 0, bytes.Length / 2)];
                    disk._operations.Add(operation with { Bytes = half });
                    Put(offset, half);
                    throw;
                }

                Put(offset, bytes);
            }
        }

        public void SetLength(string path, int length)
        {
            lock (disk._gate)
            {
                disk.Do(new DiskOperation.SetLength(number, length), "ftruncate", path);
                if (length < _length) _bytes.AsSpan(length, _length - length).Clear();
                Resize(length);
            }
        }

        public void Sync(string path, string call)
        {
            lock (disk._gate) disk.Do(new DiskOperation.Sync(number), call, path);
        }

        private void Put(int offset, byte[] bytes)
        {
            if (offset + bytes.Length > _length) Resize(offset + bytes.Length);
            else if (_isShared) Resize(_length);
            bytes.CopyTo(_bytes, offset);
        }

        private void Resize(int length)
        {
            if (_isShared || length > _bytes.Length)
            {
                var larger = new byte[Math.Max(length, _length * 2)];
                _bytes.AsSpan(0, Math.Min(_length, length)).CopyTo(larger);
                _bytes = larger;
                _isShared = false;
            }

            disk._used += length - _length;
            _length = length;
        }
    }

    private sealed class OpenFile(SimulatedFile file, string path) : IDiskFile
    {
        public string Path { get; } = path;

        public long Length => file.LengthNow;

        public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
        {
            var bytes = new List<byte>();
            foreach (var piece in pieces) bytes.AddRange(piece.Span);
            file.Write(Path, (int)offset, [.. bytes]);
        }

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void SyncData() => file.Sync(Path, "fdatasync");

        public void Sync() => file.Sync(Path, "fsync");

        public void SetLength(long length) => file.SetLength(Path, (int)length);

        public void Dispose()
        {
        }
    }
}
