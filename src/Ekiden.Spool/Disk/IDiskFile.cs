namespace Ekiden.Spool.Disk;

/// <summary>One open file of an <see cref="IDisk"/>. Reads and writes at given places may run in parallel.</summary>
internal interface IDiskFile : IDisposable
{
    /// <summary>The path it was opened by; a rename does not change it.</summary>
    string Path { get; }

    /// <summary>Bytes in the file now.</summary>
    long Length { get; }

    /// <summary>
    /// Writes the pieces one behind the other from <paramref name="offset"/> on: one gathered write. Returns when the
    /// operating system holds all of them; after an exception any part may be there.
    /// </summary>
    void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces);

    /// <summary>Fills the buffer from <paramref name="offset"/> on; fewer bytes only at the end of the file.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>
    /// Makes bytes and length durable: fdatasync. After an exception never sync this file again (M-R4).
    /// </summary>
    void SyncData();

    /// <summary>
    /// Makes bytes and all metadata durable: fsync. After an exception never sync this file again (M-R4).
    /// </summary>
    void Sync();

    /// <summary>Cuts or extends (with zeros) the file.</summary>
    void SetLength(long length);
}
