using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Spool.Records;

namespace Ekiden.Testing;

/// <summary>
/// A journal in memory: the real index, no disk. Commits complete at once; every fact is kept, so that a test can ask
/// what happened and wait for it.
/// </summary>
public sealed class MemoryJournal(IRecipientQueue queue, TimeProvider clock) : IJournal
{
    private readonly Lock _gate = new();
    private readonly Dictionary<MessageId, JournalEntry.Accepted> _messages = [];
    private readonly List<(Func<ImmutableList<JournalEntry>, bool> Wanted, TaskCompletionSource Seen)> _waiters = [];
    private ImmutableList<JournalEntry> _history = [];

    /// <inheritdoc/>
    public QueueIndex Index { get; } = new(clock);

    /// <inheritdoc/>
    public Task<Exception> Failure { get; } = new TaskCompletionSource<Exception>().Task;

    /// <summary>Every fact so far, in order.</summary>
    public ImmutableList<JournalEntry> History
    {
        get { lock (_gate) return _history; }
    }

    /// <summary>Throws what this returns instead of committing; null commits.</summary>
    public Func<ImmutableArray<JournalEntry>, Exception?> Refuse { get; set; } = _ => null;

    /// <summary>Completes when the facts so far are as wanted.</summary>
    public Task WaitForAsync(Func<ImmutableList<JournalEntry>, bool> wanted)
    {
        lock (_gate)
        {
            if (wanted(_history)) return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((wanted, seen));
            return seen.Task;
        }
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(ImmutableArray<JournalEntry> entries, Durability durability, CancellationToken cancel)
    {
        Commit(entries.AsSpan());
        return ValueTask.CompletedTask;
    }

    /// <summary>Commits at once.</summary>
    public void Commit(params ReadOnlySpan<JournalEntry> entries)
    {
        int[] waiting;
        TaskCompletionSource[] seen;
        lock (_gate)
        {
            if (Refuse([.. entries]) is { } refusal) throw refusal;
            lock (Index.Tables.Gate)
            {
                foreach (var entry in entries) Index.Applier.Apply(Record(entry), default, replaying: false);
                waiting = [.. Index.Applier.Waiting];
                Index.Applier.Waiting.Clear();
                Index.Applier.Finished.Clear();
                Index.Applier.Deferred.Clear();
            }
            _history = _history.AddRange(entries.ToArray());
            seen = [.. _waiters.Where(waiter => waiter.Wanted(_history)).Select(waiter => waiter.Seen)];
            _waiters.RemoveAll(waiter => seen.Contains(waiter.Seen));
        }
        foreach (var slot in waiting) queue.Add(slot);
        foreach (var one in seen) one.SetResult();
    }

    /// <inheritdoc/>
    public ValueTask<StoredMessage?> OpenAsync(MessageId id, CancellationToken cancel)
    {
        lock (_gate)
        {
            return new(_messages.TryGetValue(id, out var accepted)
                ? new StoredMessage(accepted.Message, ((MemoryContent)accepted.Content).Copy())
                : null);
        }
    }

    /// <inheritdoc/>
    public DeliveryOutcome? LastOutcome(in QueuedRecipient recipient)
    {
        var (message, place) = (recipient.Message, recipient.Recipient);
        return History.OfType<JournalEntry.Attempted>().Where(attempted => attempted.Message == message)
            .SelectMany(attempted => attempted.Results).LastOrDefault(result => result.Recipient == place)?.Outcome;
    }

    /// <inheritdoc/>
    public MessageContent NewContent(long expectedSize) => new MemoryContent();

    /// <inheritdoc/>
    public string? RefusesNewMail(long expectedSize) => null;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SpoolRecord Record(JournalEntry entry)
    {
        if (entry is not JournalEntry.Accepted accepted) return new SpoolRecord.Fact(entry);
        _messages[accepted.Message.Id] = accepted;
        return new SpoolRecord.Accepted(accepted.Message, default);
    }
}
