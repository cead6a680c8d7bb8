using Ekiden.Spool.Index;
using Ekiden.Spool.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Spool.Tests.Journal;

/// <summary>A journal on a simulated disk that notes, among the disk's operations, what it has promised.</summary>
internal sealed class RecordedSpool : IAsyncDisposable
{
    public RecordedSpool(SimulatedDisk disk)
    {
        Disk = disk;
        Journal = FileJournal.Open(
            SpoolHistory.Options, disk, new FakeTimeProvider(Post.Now), NullLoggerFactory.Instance);
    }

    public SimulatedDisk Disk { get; }

    public FileJournal Journal { get; }

    public async Task AcceptAsync(int message, int recipients)
    {
        var addresses = Enumerable.Range(0, recipients).Select(place => $"r{place}@d{place}.example").ToArray();
        await Journal.AcceptAsync(Post.Message(message, addresses), Post.Body(message, 100 + (message * 53 % 900)));
        Disk.Note(new SpoolPromise.Accepted(message, recipients));
    }

    /// <summary>All recipients; the promise is that of a flushed commit.</summary>
    public async Task DeliverAsync(int message)
    {
        var recipients = Journal.Index.FindMessage(Post.Id(message)).Length;
        if (recipients == 0) return;
        Disk.Note(new SpoolPromise.MayBeFinished(message));
        var results = Enumerable.Range(0, recipients).Select(place => Post.Delivered(place));
        await Journal.CommitAsync(
            [new JournalEntry.Attempted(Post.Id(message), Post.Now, Post.Details, [.. results])],
            Durability.Flushed, CancellationToken.None);
        Disk.Note(new SpoolPromise.Finished(message));
    }

    public static EntryLocation? HomeOf(QueueIndex index, int message)
    {
        var slot = index.Tables.Find(Post.Id(message));
        return slot < 0 ? null : index.Tables.Messages.Read(slot).Home;
    }

    public ValueTask DisposeAsync() => Journal.DisposeAsync();
}

/// <summary>What a spool has promised.</summary>
internal abstract record SpoolPromise
{
    private SpoolPromise() { } // closed: every case is below

    /// <summary>It is ours.</summary>
    public sealed record Accepted(int Message, int Recipients) : SpoolPromise;

    /// <summary>Its end is being written.</summary>
    public sealed record MayBeFinished(int Message) : SpoolPromise;

    /// <summary>It never comes back.</summary>
    public sealed record Finished(int Message) : SpoolPromise;
}

/// <summary>What a spool had promised at some moment.</summary>
internal sealed record SpoolPromises(Dictionary<int, int> Waiting, HashSet<int> Finished)
{
    public static SpoolPromises UpTo(IEnumerable<DiskOperation> operations)
    {
        var result = new SpoolPromises([], []);
        foreach (var note in operations.OfType<DiskOperation.Note>())
        {
            switch (note.What)
            {
                case SpoolPromise.Accepted accepted:
                    result.Waiting.Add(accepted.Message, accepted.Recipients);
                    break;
                case SpoolPromise.MayBeFinished maybe:
                    result.Waiting.Remove(maybe.Message);
                    break;
                case SpoolPromise.Finished finished:
                    result.Finished.Add(finished.Message);
                    break;
            }
        }
        return result;
    }
}
