namespace Ekiden.Spool;

/// <summary>Where and how a <see cref="FileJournal"/> keeps mail.</summary>
/// <param name="Directory">Its directory, made when missing: a file system with ordinary fsync, never tmpfs or
/// NFS.</param>
public sealed record JournalOptions(string Directory)
{
    /// <summary>Bytes of a segment of the log.</summary>
    public int SegmentSize { get; init; } = 64 << 20;

    /// <summary>
    /// Bytes of memory for message content, everything together; the default is a quarter of what the process may use
    /// (DESIGN §11). Beyond it content goes to disk.
    /// </summary>
    public long ContentMemory { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    /// <summary>Bytes of that which messages waiting for their first attempt may take.</summary>
    public long FreshMemory { get; init; } = 32 << 20;

    /// <summary>A snapshot is taken after so many bytes of journal; later when the index is large.</summary>
    public long SnapshotEvery { get; init; } = 64 << 20;

    /// <summary>A segment with a smaller live part than this is compacted (DESIGN §2).</summary>
    public double CompactBelow { get; init; } = 0.10;

    /// <summary>The same once the disk is fuller than <see cref="CrowdedFrom"/>: disk use stays at most 2.5 × live
    /// data.</summary>
    public double CompactBelowWhenCrowded { get; init; } = 0.50;

    /// <summary>The used part of the file system from which on it is crowded.</summary>
    public double CrowdedFrom { get; init; } = 0.60;

    /// <summary>Free bytes below which new mail is refused (reliability M-R3).</summary>
    public long FreeFloorBytes { get; init; } = 1L << 30;

    /// <summary>The free part of the file system below which new mail is refused.</summary>
    public double FreeFloorPart { get; init; } = 0.05;

    /// <summary>Deletes, compacts and takes snapshots at least this often.</summary>
    public TimeSpan HousekeepingEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of journal that a reader which has fallen behind may hold back; beyond it they go, with an
    /// alarm.</summary>
    public long RetentionLimit { get; init; } = 4L << 30;

    /// <summary>For tests: a log without files that are filled ahead, kept for reuse or kept for a full disk.</summary>
    internal bool IsPlain { get; init; }
}

/// <summary>Another process has the spool: one process per directory (reliability M-R8). Exit with
/// <see cref="ExitCode"/>.</summary>
public sealed class SpoolInUseException(string directory) : Exception($"Another process uses the spool {directory}.")
{
    /// <summary>The exit code of a server that finds its spool taken.</summary>
    public const int ExitCode = 3;
}

/// <summary>Somebody who reads the journal behind its writer, such as the event projector: segments wait for
/// it.</summary>
public interface IJournalReader
{
    /// <summary>The oldest segment it still needs; <see cref="long.MaxValue"/> when none.</summary>
    long OldestNeeded { get; }
}
