using Ekiden.Spool.Disk;
using Ekiden.Spool.Journal;

namespace Ekiden.Spool;

/// <summary>
/// Fills a file of any size, which is there, whole and durable, once it is completed; given up it leaves nothing behind
/// but a file with another name, which the next try removes.
/// </summary>
public sealed class DurableFileWriter : IDisposable
{
    private const string Temporary = ".new";

    private readonly string _path;
    private readonly LinuxDisk _disk;
    private readonly IDiskFile _file;
    private bool _isCompleted;

    internal DurableFileWriter(string path, LinuxDisk disk)
    {
        (_path, _disk) = (Path.GetFullPath(path), disk);
        try
        {
            if (File.Exists(_path + Temporary)) disk.Delete(_path + Temporary);
            _file = disk.Open(_path + Temporary, DiskFileMode.CreateNew);
        }
        catch (DiskException failed)
        {
            throw new IOException(failed.Message, failed);
        }
    }

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Appends bytes; not durable yet.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Write(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            _file.Write(Length, [bytes]);
            Length += bytes.Length;
        }
        catch (DiskException failed)
        {
            throw new IOException(failed.Message, failed);
        }
    }

    /// <summary>Makes it durable, data and directory, under its name.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Complete()
    {
        try
        {
            _file.Sync();
            AtomicFile.Publish(Path.GetDirectoryName(_path) ?? "/", Path.GetFileName(_path), _disk);
            _isCompleted = true;
        }
        catch (DiskException failed)
        {
            throw new IOException(failed.Message, failed);
        }
    }

    /// <summary>Closes the file; one that is not complete is removed.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (!_isCompleted) _disk.Delete(_path + Temporary);
    }
}
