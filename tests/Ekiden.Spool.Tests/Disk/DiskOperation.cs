namespace Ekiden.Spool.Tests.Disk;

/// <summary>One thing that happened on a <see cref="SimulatedDisk"/>. Files are told apart by number: names
/// change.</summary>
internal abstract record DiskOperation
{
    private DiskOperation() { } // closed: every case is below

    /// <summary>A file got a name.</summary>
    public sealed record Create(string Path, int File) : DiskOperation;

    /// <summary>Bytes were handed to the operating system.</summary>
    public sealed record Write(int File, int Offset, byte[] Bytes) : DiskOperation;

    /// <summary>A file was cut or extended.</summary>
    public sealed record SetLength(int File, int Length) : DiskOperation;

    /// <summary>Bytes and length of a file were made durable.</summary>
    public sealed record Sync(int File) : DiskOperation;

    /// <summary>
    /// A sync failed: the bytes it should have made durable may or may not be on the disk, and no later sync will put
    /// them there (reliability §0.1). The length is not the page cache's, but the file system's own, and stays to be
    /// synced.
    /// </summary>
    public sealed record FailedSync(int File) : DiskOperation;

    /// <summary>A file got another name.</summary>
    public sealed record Rename(string From, string To) : DiskOperation;

    /// <summary>A name was removed.</summary>
    public sealed record Delete(string Path) : DiskOperation;

    /// <summary>The names in a directory were made durable.</summary>
    public sealed record SyncDirectory(string Path) : DiskOperation;

    /// <summary>Nothing on the disk: the test notes what was promised up to here.</summary>
    public sealed record Note(object What) : DiskOperation;
}
