using Microsoft.Win32.SafeHandles;

namespace Ekiden.Spool.Disk;

/// <summary>The disk of this machine, by Linux's system calls.</summary>
internal sealed class LinuxDisk : IDisk
{
    // Mail is nobody else's to read.
    private const int OwnerFile = 0b110_000_000;
    private const int OwnerDirectory = 0b111_000_000;

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        var missing = new Stack<string>();
        for (var part = Path.GetFullPath(path); part is not null && !System.IO.Directory.Exists(part);)
        {
            missing.Push(part);
            part = Path.GetDirectoryName(part);
        }

        foreach (var part in missing)
        {
            if (LibC.MakeDirectory(part, OwnerDirectory) != 0 && LibC.LastError != Errno.Exists)
                throw new DiskException("mkdir", part, LibC.LastError);
            SyncDirectory(Path.GetDirectoryName(part) ?? "/");
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<DiskEntry> List(string directory)
    {
        try
        {
            var entries = new List<DiskEntry>();
            foreach (var file in new DirectoryInfo(directory).EnumerateFiles())
                entries.Add(new DiskEntry(file.Name, file.Length));
            return entries;
        }
        catch (DirectoryNotFoundException)
        {
            throw new DiskException("readdir", directory, Errno.NotFound);
        }
        catch (UnauthorizedAccessException)
        {
            throw new DiskException("readdir", directory, Errno.Access);
        }
        catch (IOException failure)
        {
            throw new DiskException("readdir", directory, failure.HResult);
        }
    }

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskFileMode mode) => new LinuxFile(path, OpenHandle(path, mode switch
    {
        DiskFileMode.Read => LibC.ReadOnly,
        DiskFileMode.ReadWrite => LibC.ReadWrite,
        _ => LibC.ReadWrite | LibC.Create | LibC.Exclusive,
    }));

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        KillPoint.Pass("disk.before_rename");
        if (LibC.Rename(from, to) != 0) throw new DiskException("rename", from, LibC.LastError);
        KillPoint.Pass("disk.after_rename");
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        KillPoint.Pass("disk.before_delete");
        if (LibC.Unlink(path) != 0) throw new DiskException("unlink", path, LibC.LastError);
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        using var directory = OpenHandle(path, LibC.ReadOnly | LibC.DirectoryOnly);
        while (LibC.Sync(directory) != 0)
        {
            if (LibC.LastError != Errno.Interrupted) throw new DiskException("fsync", path, LibC.LastError);
        }
    }

    /// <inheritdoc/>
    public unsafe DiskSpace Space(string path)
    {
        var status = default(LibC.FileSystemStatus);
        while (LibC.FileSystem(path, &status) != 0)
        {
            if (LibC.LastError != Errno.Interrupted) throw new DiskException("statvfs", path, LibC.LastError);
        }

        return new DiskSpace(
            (long)(status.Blocks * status.FragmentSize),
            (long)(status.AvailableBlocks * status.FragmentSize),
            (long)status.Inodes,
            (long)status.AvailableInodes);
    }

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        var file = OpenHandle(path, LibC.ReadWrite | LibC.Create);
        while (LibC.Lock(file, LibC.LockExclusive | LibC.LockNonBlocking) != 0)
        {
            var error = LibC.LastError;
            if (error == Errno.Interrupted) continue;
            file.Dispose();
            return error == Errno.WouldBlock ? null : throw new DiskException("flock", path, error);
        }

        return file;
    }

    private static SafeFileHandle OpenHandle(string path, int flags)
    {
        while (true)
        {
            var descriptor = LibC.Open(path, flags | LibC.CloseOnExec, OwnerFile);
            if (descriptor >= 0) return new SafeFileHandle(descriptor, ownsHandle: true);
            if (LibC.LastError != Errno.Interrupted) throw new DiskException("open", path, LibC.LastError);
        }
    }
}
