using System.Collections.Immutable;
using Ekiden.Spool.Index;

namespace Ekiden.Spool.Journal;

/// <summary>
/// Knows which messages have facts on their way into the log, so that compaction copies a message only when its state
/// in memory is its state in the log; and makes facts wait while their message is being copied.
/// </summary>
internal sealed class PendingFacts(IndexTables tables)
{
    private const int None = -1;

    private TaskCompletionSource _carried = NewSource();

    /// <summary>
    /// Announces facts. When one is about a message being copied, nothing is announced: try again when the task that
    /// comes back has completed; null otherwise.
    /// </summary>
    public Task? Begin(ImmutableArray<JournalEntry> entries)
    {
        if (entries is [JournalEntry.Accepted]) return null;
        lock (tables.Gate)
        {
            foreach (var entry in entries)
            {
                if (Find(entry) is var slot and not None && tables.Messages.Read(slot).Pending == MessageSlot.Carrying)
                    return _carried.Task;
            }
            foreach (var entry in entries)
            {
                if (Find(entry) is var slot and not None) tables.Messages.Write(slot).Pending++;
            }
            return null;
        }
    }

    /// <summary>The facts are applied. Under the gate.</summary>
    public void End(ImmutableArray<JournalEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (Find(entry) is not (var slot and not None)) continue;
            ref var message = ref tables.Messages.Write(slot);
            if (message.Pending is > 0 and < MessageSlot.Carrying) message.Pending--;
        }
    }

    /// <summary>Marks a message as being copied; false when facts are on their way. Under the gate.</summary>
    public bool TryCarry(int slot)
    {
        ref var message = ref tables.Messages.Write(slot);
        if (message.Pending != 0) return false;
        message.Pending = MessageSlot.Carrying;
        return true;
    }

    /// <summary>The copies are in the log, or given up: facts go on.</summary>
    public void EndCarry(IEnumerable<Mail.MessageId> messages)
    {
        TaskCompletionSource carried;
        lock (tables.Gate)
        {
            foreach (var id in messages)
            {
                if (tables.Find(id) is not (var slot and not None)) continue;
                if (tables.Messages.Read(slot).Pending == MessageSlot.Carrying) tables.Messages.Write(slot).Pending = 0;
            }
            (carried, _carried) = (_carried, NewSource());
        }
        carried.SetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int Find(JournalEntry entry) => entry switch
    {
        JournalEntry.AttemptStarted started => tables.Find(started.Message),
        JournalEntry.Attempted attempted => tables.Find(attempted.Message),
        JournalEntry.Changed changed => tables.Find(changed.Message),
        _ => None,
    };
}
