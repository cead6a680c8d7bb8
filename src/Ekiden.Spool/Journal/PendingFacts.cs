using System.Collections.Immutable;
using Ekiden.Spool.Index;

namespace Ekiden.Spool.Journal;

/// <summary>
/// Knows which messages have facts on their way into the log, so that what depends on the order is never on its way
/// together: the results of attempts may be; the copy that compaction makes, and what an operator changes, go alone.
/// </summary>
/// <remarks>
/// The log applies the frames of one batch in two steps, those that wait for no flush first. A hold and a deferral of
/// one recipient in one batch would be applied in one order and replayed in the other.
/// </remarks>
/// <param name="tables">Where messages are.</param>
/// <param name="settle">Completes when everything appended before has been applied.</param>
internal sealed class PendingFacts(IndexTables tables, Func<Task> settle)
{
    private const int None = -1;
    private const ushort Alone = MessageSlot.Alone;

    private TaskCompletionSource _gone = NewSource();

    /// <summary>
    /// Announces facts. When one must wait, nothing is announced: try again when the task that comes back has
    /// completed; null otherwise.
    /// </summary>
    public Task? Begin(ImmutableArray<JournalEntry> entries)
    {
        if (entries is [JournalEntry.Accepted]) return null;
        lock (tables.Gate)
        {
            foreach (var entry in entries)
            {
                if (Find(entry) is not (var slot and not None)) continue;
                var pending = tables.Messages.Read(slot).Pending;
                if (pending == Alone) return _gone.Task;
                if (pending > 0 && entry is JournalEntry.Changed) return settle();
            }
            foreach (var entry in entries) Mark(entry);
            return null;
        }
    }

    /// <summary>The facts are applied, or were refused. Under the gate.</summary>
    public void End(ImmutableArray<JournalEntry> entries)
    {
        var isAloneGone = false;
        foreach (var entry in entries)
        {
            isAloneGone |= entry is JournalEntry.Changed;
            if (Find(entry) is not (var slot and not None)) continue;
            ref var message = ref tables.Messages.Write(slot);
            if (entry is JournalEntry.Changed) message.Pending = 0;
            else if (message.Pending is > 0 and < Alone) message.Pending--;
        }
        if (isAloneGone) WakeWaiters();
    }

    /// <summary>Marks a message as being copied; false when facts are on their way. Under the gate.</summary>
    public bool TryCarry(int slot)
    {
        ref var message = ref tables.Messages.Write(slot);
        if (message.Pending != 0) return false;
        message.Pending = Alone;
        return true;
    }

    /// <summary>The copies are in the log, or given up: facts go on.</summary>
    public void EndCarry(IEnumerable<Mail.MessageId> messages)
    {
        lock (tables.Gate)
        {
            foreach (var id in messages)
            {
                if (tables.Find(id) is var slot and not None) tables.Messages.Write(slot).Pending = 0;
            }
            WakeWaiters();
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void WakeWaiters()
    {
        _gone.SetResult();
        _gone = NewSource();
    }

    private void Mark(JournalEntry entry)
    {
        if (Find(entry) is not (var slot and not None)) return;
        ref var message = ref tables.Messages.Write(slot);
        if (entry is JournalEntry.Changed) message.Pending = Alone;
        else if (message.Pending != Alone) message.Pending++;
    }

    private int Find(JournalEntry entry) => entry switch
    {
        JournalEntry.AttemptStarted started => tables.Find(started.Message),
        JournalEntry.Attempted attempted => tables.Find(attempted.Message),
        JournalEntry.Changed changed => tables.Find(changed.Message),
        _ => None,
    };
}
