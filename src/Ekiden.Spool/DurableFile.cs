using Ekiden.Spool.Disk;
using Ekiden.Spool.Journal;

namespace Ekiden.Spool;

/// <summary>A small file that is whole or not there after a crash, and that its owner alone can read: reliability
/// M-R7.</summary>
public static class DurableFile
{
    /// <summary>Makes the directory, and those above it, for their owner alone; durable when it returns.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void CreateDirectory(string path)
    {
        try
        {
            new LinuxDisk().CreateDirectory(path);
        }
        catch (DiskException failed)
        {
            throw new IOException(failed.Message, failed);
        }
    }

    /// <summary>Starts a file that is filled piece by piece; the caller completes it, or it is not there.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static DurableFileWriter Create(string path) => new(path, new LinuxDisk());

    /// <summary>Replaces the file's content; durable, data and directory, when it returns.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, ReadOnlyMemory<byte> content)
    {
        try
        {
            var directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
            AtomicFile.Write(directory, Path.GetFileName(path), new LinuxDisk(), file => file.Write(0, [content]));
        }
        catch (DiskException failed)
        {
            throw new IOException(failed.Message, failed);
        }
    }
}
