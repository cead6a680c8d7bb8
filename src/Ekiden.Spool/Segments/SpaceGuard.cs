using System.Globalization;
using Ekiden.Spool.Disk;

namespace Ekiden.Spool.Segments;

/// <summary>
/// Says when there is too little room for new mail, before the disk is full (reliability M-R3). Asks the file system at
/// most once a second, and counts in between what was written.
/// </summary>
internal sealed class SpaceGuard(IDisk disk, string path, SpaceLimits limits, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    // On a small disk the floor in bytes would leave nothing to use.
    private const int SmallDiskPart = 4;

    private readonly Lock _gate = new();
    private long _asked;
    private bool _hasAsked;
    private volatile bool _isFull;
    private DiskSpace _space;
    private long _writtenSince;

    /// <summary>A write found the disk full, not long ago.</summary>
    public bool IsFull => _isFull;

    /// <summary>Null while there is room for <paramref name="size"/> more bytes; else why not.</summary>
    /// <exception cref="DiskException">The file system does not answer.</exception>
    public string? Refuses(long size)
    {
        lock (_gate)
        {
            if (!_hasAsked || time.GetElapsedTime(_asked) >= Fresh) Ask();
            if (_isFull) return "the disk is full";
            var free = _space.FreeBytes - Interlocked.Read(ref _writtenSince);
            var floor = Floor(_space.TotalBytes);
            if (free - size < floor)
                return string.Create(CultureInfo.InvariantCulture, $"{free} bytes free, {floor} must remain");
            if (_space.TotalInodes > 0 && _space.FreeInodes < limits.FloorInodes)
                return string.Create(CultureInfo.InvariantCulture, $"{_space.FreeInodes} inodes free");
            return null;
        }
    }

    /// <summary>Counts bytes that will have taken room since the file system was asked.</summary>
    public void Wrote(long bytes) => Interlocked.Add(ref _writtenSince, bytes);

    /// <summary>A write found the disk full: refuse until the file system says otherwise.</summary>
    public void MarkFull()
    {
        lock (_gate)
        {
            _isFull = true;
            _hasAsked = true;
            _asked = time.GetTimestamp();
        }
    }

    private void Ask()
    {
        Interlocked.Exchange(ref _writtenSince, 0);
        _space = disk.Space(path);
        _asked = time.GetTimestamp();
        _hasAsked = true;
        _isFull = false;
    }

    private long Floor(long total) =>
        Math.Max(Math.Min(limits.FloorBytes, total / SmallDiskPart), (long)(total * limits.FloorPart));
}
