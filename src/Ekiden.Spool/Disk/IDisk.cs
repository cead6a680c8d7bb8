namespace Ekiden.Spool.Disk;

/// <summary>
/// Everything the spool asks of a file system, and no more, so that a test can stand in for the disk and build every
/// state that a crash may leave (reliability §4.3 LV0).
/// </summary>
/// <remarks>
/// Calls block: they are made on threads that may wait. Every failure is a <see cref="DiskException"/>; EINTR is
/// retried. Nothing is durable until the matching sync has returned: bytes and length by
/// <see cref="IDiskFile.SyncData"/> or <see cref="IDiskFile.Sync"/>, names by <see cref="SyncDirectory"/>.
/// </remarks>
internal interface IDisk
{
    /// <summary>
    /// Makes a directory and its missing parents, and syncs the parents; nothing happens when it exists.
    /// </summary>
    void CreateDirectory(string path);

    /// <summary>The files of a directory, in no order; directories in it are left out.</summary>
    IReadOnlyList<DiskEntry> List(string directory);

    /// <summary>Opens a file. The caller disposes it.</summary>
    IDiskFile Open(string path, DiskFileMode mode);

    /// <summary>Gives a file another name in the same file system, replacing what had that name; atomic.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a name; the bytes go when the last open handle is closed.</summary>
    void Delete(string path);

    /// <summary>Makes the names in a directory durable: fsync of the directory itself.</summary>
    void SyncDirectory(string path);

    /// <summary>Room left for this process in the file system of <paramref name="path"/>.</summary>
    DiskSpace Space(string path);

    /// <summary>
    /// Takes the exclusive lock on a file (made when missing) until disposed or until the process ends; null when
    /// another process holds it (reliability M-R8).
    /// </summary>
    IDisposable? TryLock(string path);
}

/// <summary>How a file is opened.</summary>
internal enum DiskFileMode : byte
{
    /// <summary>It exists; reading only.</summary>
    Read,

    /// <summary>It exists; reading and writing.</summary>
    ReadWrite,

    /// <summary>It must not exist; reading and writing.</summary>
    CreateNew,
}

/// <summary>A file in a listing.</summary>
/// <param name="Name">Its name in the directory.</param>
/// <param name="Length">Its length in bytes.</param>
internal readonly record struct DiskEntry(string Name, long Length);

/// <summary>Room in a file system.</summary>
/// <param name="TotalBytes">Size of the file system.</param>
/// <param name="FreeBytes">Bytes this process may still use.</param>
/// <param name="TotalInodes">Files it can hold; 0 when it does not count them.</param>
/// <param name="FreeInodes">Files this process may still make.</param>
internal readonly record struct DiskSpace(long TotalBytes, long FreeBytes, long TotalInodes, long FreeInodes);
