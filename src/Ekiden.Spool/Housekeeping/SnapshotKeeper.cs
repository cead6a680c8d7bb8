using Ekiden.Spool.Journal;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Snapshots;

namespace Ekiden.Spool.Housekeeping;

/// <summary>Takes snapshots, and knows up to where the last good one reaches.</summary>
internal sealed class SnapshotKeeper(JournalParts parts, LogPosition last)
{
    private long _bytesAtLast;

    /// <summary>Where the snapshot on disk ends; the beginning when there is none.</summary>
    public LogPosition Last { get; private set; } = last;

    /// <summary>Bytes of the snapshot on disk, if this process wrote it.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of journal since the last one of this process.</summary>
    public long BytesSince => parts.Log.Counters.Bytes - _bytesAtLast;

    /// <summary>
    /// Freezes the index at a position, writes it to a temporary file, makes the journal durable up to the position,
    /// and only then gives the file its name: a snapshot never knows more than the journal behind it.
    /// </summary>
    public async Task TakeAsync(CancellationToken cancel)
    {
        var frozen = new TaskCompletionSource<SnapshotWriter>(TaskCreationOptions.RunContinuationsAsynchronously);
        parts.View.CutAtNextRest(position =>
            frozen.SetResult(SnapshotWriter.Freeze(parts.Index, position, parts.Superblock.Instance)));
        var bytes = parts.Log.Counters.Bytes;
        // An empty frame: the log shows its own frames to nobody, and the cut is made where one is shown.
        await parts.Log.AppendAsync(parts.Log.NewFrame(), Durability.Flushed);
        using var snapshot = await frozen.Task.WaitAsync(cancel);
        var directory = parts.Options.Directory;
        await Task.Run(() => AtomicFile.Fill(directory, SnapshotFormat.FileName, parts.Disk, snapshot.WriteTo), cancel);
        await parts.Log.FlushAsync();
        KillPoint.Pass("snapshot.written");
        AtomicFile.Publish(directory, SnapshotFormat.FileName, parts.Disk);
        (Last, Length, _bytesAtLast) = (snapshot.Position, snapshot.Length, bytes);
    }
}
