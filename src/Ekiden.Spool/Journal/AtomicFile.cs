using Ekiden.Spool.Disk;

namespace Ekiden.Spool.Journal;

/// <summary>Writes a file so that after a crash it is the old one or the new one, whole (reliability M-R7).</summary>
internal static class AtomicFile
{
    private const string Temporary = ".new";

    /// <summary>Temporary file, write, fsync, rename, fsync of the directory; durable when it returns.</summary>
    public static void Write(string directory, string name, IDisk disk, Action<IDiskFile> write)
    {
        Fill(directory, name, disk, write);
        Publish(directory, name, disk);
    }

    /// <summary>The first half: the content is durable under a temporary name.</summary>
    public static void Fill(string directory, string name, IDisk disk, Action<IDiskFile> write)
    {
        var temporary = Path.Join(directory, name + Temporary);
        if (disk.List(directory).Any(entry => entry.Name == name + Temporary)) disk.Delete(temporary);
        using var file = disk.Open(temporary, DiskFileMode.CreateNew);
        write(file);
        file.Sync();
    }

    /// <summary>The second half: from now on it is the file of that name.</summary>
    public static void Publish(string directory, string name, IDisk disk)
    {
        disk.Rename(Path.Join(directory, name + Temporary), Path.Join(directory, name));
        disk.SyncDirectory(directory);
    }
}
