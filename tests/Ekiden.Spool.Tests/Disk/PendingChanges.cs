namespace Ekiden.Spool.Tests.Disk;

/// <summary>The durable state after some operations, and the changes that are not durable yet, as independent
/// choices.</summary>
internal sealed class PendingChanges
{
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<int, byte[]> _durable = [];
    private readonly List<Change> _changes = [];
    private readonly IReadOnlyCollection<string> _directories;
    private readonly int _sector;
    private readonly byte[] _garbage;

    public PendingChanges(DiskImage start, IEnumerable<DiskOperation> operations, int sector)
    {
        _sector = sector;
        var directories = new HashSet<string>(start.Directories, StringComparer.Ordinal);
        foreach (var (path, bytes) in start.Files)
        {
            _durable.Add(_names.Count, bytes);
            _names.Add(path, _names.Count);
        }

        foreach (var operation in operations)
        {
            if (operation is DiskOperation.Create create) directories.Add(Path.GetDirectoryName(create.Path)!);
            Take(operation);
        }

        foreach (var one in directories.ToArray())
        {
            for (var part = one; part is not null; part = Path.GetDirectoryName(part)) directories.Add(part);
        }

        _directories = directories;
        // The nastiest old bytes are those of another file of the same kind.
        _garbage = _durable.Values.OrderByDescending(bytes => bytes.Length).FirstOrDefault() ?? [];
    }

    /// <summary>Choices there are.</summary>
    public int Count => _changes.Count;

    /// <summary>The last state made had bytes inside the length of a file that were never written.</summary>
    public bool HasHole { get; private set; }

    /// <summary>The state with the chosen changes.</summary>
    public DiskImage Apply(bool[] choice, bool garbage)
    {
        HasHole = false;
        var names = new Dictionary<string, int>(_names, StringComparer.Ordinal);
        var files = new Dictionary<int, FileState>();
        for (var i = 0; i < choice.Length; i++)
        {
            if (choice[i]) ApplyOne(_changes[i], names, files);
        }

        var result = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (path, file) in names)
        {
            result[path] = files.TryGetValue(file, out var state)
                ? Finish(state, garbage)
                : _durable.GetValueOrDefault(file, []);
        }

        return new DiskImage(result, _directories);
    }

    private void ApplyOne(Change change, Dictionary<string, int> names, Dictionary<int, FileState> files)
    {
        switch (change)
        {
            case Change.Name name:
                if (name.Old is { } old && names.GetValueOrDefault(old, -1) == name.File) names.Remove(old);
                if (name.New is { } now) names[now] = name.File;
                break;
            case Change.Bytes bytes:
                StateOf(bytes.File, files).Put(bytes.Offset, bytes.Data.AsSpan(bytes.From, bytes.Count));
                break;
            case Change.Length length:
                StateOf(length.File, files).SetLength(length.Value, length.IsCut);
                break;
        }
    }

    private FileState StateOf(int file, Dictionary<int, FileState> files)
    {
        if (files.TryGetValue(file, out var state)) return state;
        return files[file] = new FileState(_durable.GetValueOrDefault(file, []));
    }

    private byte[] Finish(FileState state, bool garbage)
    {
        var bytes = state.Finish(garbage ? _garbage : [], out var hasHole);
        HasHole |= hasHole;
        return bytes;
    }

    private void Take(DiskOperation operation)
    {
        switch (operation)
        {
            case DiskOperation.Create create:
                _changes.Add(new Change.Name(Path.GetDirectoryName(create.Path)!, null, create.Path, create.File));
                break;
            case DiskOperation.Rename rename:
                _changes.Add(new Change.Name(
                    Path.GetDirectoryName(rename.To)!, rename.From, rename.To, FileAt(rename.From)));
                break;
            case DiskOperation.Delete delete:
                _changes.Add(new Change.Name(
                    Path.GetDirectoryName(delete.Path)!, delete.Path, null, FileAt(delete.Path)));
                break;
            case DiskOperation.Write write:
                TakeWrite(write);
                break;
            case DiskOperation.SetLength set:
                _changes.Add(new Change.Length(set.File, set.Length, IsCut: true));
                break;
            case DiskOperation.Sync sync:
                MakeDurable(change => change.File == sync.File && change is not Change.Name);
                break;
            case DiskOperation.FailedSync failed:
                for (var i = 0; i < _changes.Count; i++)
                {
                    if (_changes[i] is Change.Bytes lost && lost.File == failed.File)
                    {
                        _changes[i] =
                        _changes[i] with { IsLost = true };
                    }
                }

                break;
            case DiskOperation.SyncDirectory directory:
                MakeDurable(change => change is Change.Name name && name.Directory == directory.Path);
                break;
        }
    }

    // The name as every process sees it: durable names, and the changes since.
    private int FileAt(string path)
    {
        for (var i = _changes.Count - 1; i >= 0; i--)
        {
            if (_changes[i] is Change.Name name && name.New == path) return name.File;
        }

        return _names[path];
    }

    private void TakeWrite(DiskOperation.Write write)
    {
        for (var from = 0; from < write.Bytes.Length;)
        {
            var end = ((write.Offset + from) / _sector + 1) * _sector;
            var count = Math.Min(write.Bytes.Length - from, end - write.Offset - from);
            _changes.Add(new Change.Bytes(write.File, write.Offset + from, write.Bytes, from, count));
            from += count;
        }

        var length = write.Offset + write.Bytes.Length;
        var known = _durable.GetValueOrDefault(write.File, []).Length;
        foreach (var change in _changes)
        {
            if (change is Change.Length earlier && earlier.File == write.File) known = earlier.Value;
        }

        if (length > known) _changes.Add(new Change.Length(write.File, length, IsCut: false));
    }

    private void MakeDurable(Func<Change, bool> isMeant)
    {
        var files = new Dictionary<int, FileState>();
        foreach (var change in _changes)
        {
            if (!change.IsLost && isMeant(change)) ApplyOne(change, _names, files);
        }

        _changes.RemoveAll(change => !change.IsLost && isMeant(change));
        foreach (var (file, state) in files) _durable[file] = state.Finish([], out _);
    }

    private abstract record Change(int File)
    {
        /// <summary>A sync of it has failed: no other will make it durable.</summary>
        public bool IsLost { get; init; }

        public sealed record Name(string Directory, string? Old, string? New, int File) : Change(File);

        public sealed record Bytes(int File, int Offset, byte[] Data, int From, int Count) : Change(File);

        public sealed record Length(int File, int Value, bool IsCut) : Change(File);
    }

    // The bytes of one file while changes are put on it. A length alone leaves a hole; bytes alone are not visible.
    private sealed class FileState(byte[] durable)
    {
        private byte[] _bytes = [.. durable];
        private int _length = durable.Length;
        private readonly List<(int From, int To)> _written = [(0, durable.Length)];

        public void Put(int offset, ReadOnlySpan<byte> data)
        {
            Reserve(offset + data.Length);
            data.CopyTo(_bytes.AsSpan(offset));
            _written.Add((offset, offset + data.Length));
        }

        public void SetLength(int length, bool isCut)
        {
            _length = isCut ? length : Math.Max(_length, length);
            Reserve(_length);
            if (isCut) _bytes.AsSpan(length).Clear();
        }

        public byte[] Finish(byte[] garbage, out bool hasHole)
        {
            hasHole = false;
            var result = new byte[_length];
            garbage.AsSpan(0, Math.Min(garbage.Length, _length)).CopyTo(result);
            var covered = new bool[_length];
            foreach (var (from, to) in _written)
            {
                var end = Math.Min(to, _length);
                if (from >= end) continue;
                _bytes.AsSpan(from, end - from).CopyTo(result.AsSpan(from));
                covered.AsSpan(from, end - from).Fill(true);
            }

            hasHole = covered.AsSpan().Contains(false);
            return result;
        }

        private void Reserve(int length)
        {
            if (length > _bytes.Length) Array.Resize(ref _bytes, length);
        }
    }
}
