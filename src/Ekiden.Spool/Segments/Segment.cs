using Ekiden.Spool.Disk;

namespace Ekiden.Spool.Segments;

/// <summary>One segment file, open. Readers enter and leave, so that a deleted file is not reused under them.</summary>
internal sealed class Segment(long id, string path, IDiskFile file)
{
    private readonly Lock _gate = new();
    private int _readers;
    private bool _isRetired;
    private int _length = SegmentHeader.Size;

    /// <summary>Strictly growing, never used twice.</summary>
    public long Id { get; } = id;

    /// <summary>Where the file is.</summary>
    public string Path { get; } = path;

    /// <summary>The open file.</summary>
    public IDiskFile File { get; } = file;

    /// <summary>Bytes used by frames so far, the header included.</summary>
    public int Length
    {
        get => Volatile.Read(ref _length);
        set => Volatile.Write(ref _length, value);
    }

    /// <summary>Bytes that can be written; a reserve is smaller than the others.</summary>
    public int Capacity { get; init; }

    /// <summary>All of its space was written before: writing needs no room on the disk.</summary>
    public bool IsWritten { get; init; }

    /// <summary>Keeps the file for a reader until <see cref="Leave"/>; false when it is given up.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_isRetired) return false;
            _readers++;
            return true;
        }
    }

    /// <summary>Ends what <see cref="TryEnter"/> began.</summary>
    public void Leave()
    {
        bool isLast;
        lock (_gate) isLast = --_readers == 0 && _isRetired;
        if (isLast) File.Dispose();
    }

    /// <summary>Lets no reader in any more; true when none is inside, so that the file may be used again.</summary>
    public bool Retire()
    {
        bool isFree;
        lock (_gate)
        {
            _isRetired = true;
            isFree = _readers == 0;
        }

        if (isFree) File.Dispose();
        return isFree;
    }
}
