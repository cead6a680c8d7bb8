using System.Collections.Concurrent;
using System.Text.Json;
using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Server.Batches;

/// <summary>The batches of this installation, each in a folder of its own.</summary>
/// <remarks>
/// <c>recipients.ndjson</c> holds the lines that were taken, as they came, <c>errors.ndjson</c> those that were not,
/// <c>batch.json</c> the rest. That file is written last: a folder without it is what a crash left of an upload that
/// nobody was told about, and goes at the next start. How far a batch has come is in the journal, nowhere else.
/// </remarks>
internal sealed class BatchStore
{
    private const string RecordFile = "batch.json";
    private const string StateFile = "state.json";

    private readonly string _directory;
    private readonly ConcurrentDictionary<BatchId, Batch> _batches = new();
    private readonly Lock _gate = new();

    private BatchStore(string directory) => _directory = directory;

    /// <summary>Newest first.</summary>
    public IEnumerable<Batch> All => _batches.Values.OrderByDescending(batch => batch.Id.Value);

    /// <summary>Opens the folder, or makes it.</summary>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    public static BatchStore Open(string directory)
    {
        DurableFile.CreateDirectory(directory);
        var store = new BatchStore(directory);
        foreach (var folder in System.IO.Directory.EnumerateDirectories(directory))
        {
            if (Read(folder) is { } batch) store._batches[batch.Id] = batch;
            else System.IO.Directory.Delete(folder, recursive: true);
        }
        return store;
    }

    /// <summary>The batch of this id; null when there is none.</summary>
    public Batch? Find(BatchId id) => _batches.GetValueOrDefault(id);

    /// <summary>A batch to come.</summary>
    public NewBatch Begin(BatchId id)
    {
        var folder = Path.Combine(_directory, id.ToString());
        DurableFile.CreateDirectory(folder);
        return new NewBatch(folder);
    }

    /// <summary>From now on the batch is ours; durable when it returns.</summary>
    public Batch Commit(NewBatch upload, BatchRecord record, BatchState state)
    {
        upload.Complete();
        Write(upload.Directory, StateFile, JsonSerializer.SerializeToUtf8Bytes(state, StoredJson.Default.BatchState));
        Write(
            upload.Directory, RecordFile, JsonSerializer.SerializeToUtf8Bytes(record, StoredJson.Default.BatchRecord));
        var batch = new Batch(record, state, upload.Directory);
        _batches[batch.Id] = batch;
        return batch;
    }

    /// <summary>Changes a batch's state; durable when it returns. Null, and nothing done, where the change is
    /// null.</summary>
    public BatchState? Change(Batch batch, Func<BatchState, BatchState?> change)
    {
        lock (_gate)
        {
            if (change(batch.State) is not { } changed) return null;
            Write(
                batch.Directory, StateFile,
                JsonSerializer.SerializeToUtf8Bytes(changed, StoredJson.Default.BatchState));
            return batch.State = changed;
        }
    }

    private static void Write(string folder, string name, byte[] content) =>
        DurableFile.Write(Path.Combine(folder, name), content);

    private static Batch? Read(string folder)
    {
        var record = Path.Combine(folder, RecordFile);
        if (!File.Exists(record)) return null;
        return new Batch(
            JsonSerializer.Deserialize(File.ReadAllBytes(record), StoredJson.Default.BatchRecord)
                ?? throw new InvalidDataException($"{record} is empty"),
            JsonSerializer.Deserialize(
                File.ReadAllBytes(Path.Combine(folder, StateFile)), StoredJson.Default.BatchState) ?? new BatchState(),
            folder);
    }
}
