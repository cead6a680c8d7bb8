using System.Collections.Immutable;
using Ekiden.Delivery.Queue;
using Ekiden.Spool;

namespace Ekiden.Delivery.Attempts;

/// <summary>
/// Records one outcome for many recipients for whom no transaction could begin: no route, no connection. Message by
/// message, several to a commit.
/// </summary>
internal sealed class UnsentRecorder(IJournal journal, AttemptStarter starter, OutcomeRecorder recorder)
{
    private const int MessagesPerCommit = 64;

    /// <summary>
    /// Every recipient of <paramref name="slots"/> that still waits in <paramref name="place"/> gets the outcome.
    /// </summary>
    /// <param name="slots">Who.</param>
    /// <param name="place">Where they wait: those that moved on meanwhile are left alone.</param>
    /// <param name="unsent">What happened.</param>
    /// <param name="cancel">Stops after the commit under way; the others wait as before.</param>
    public async Task RecordAsync(IEnumerable<int> slots, IWaitingPlace place, Unsent unsent, CancellationToken cancel)
    {
        var conclusions = new List<Conclusion>();
        foreach (var slot in slots)
        {
            using var attempt = await starter.BeginAsync(slot, place, int.MaxValue, cancel);
            if (attempt is null) continue;
            // The attempt was the search for a way, and it began before the recipient was claimed.
            attempt.BegunAt = unsent.BegunAt;
            conclusions.Add(await recorder.ConcludeAsync(attempt, unsent));
            if (conclusions.Count == MessagesPerCommit) await CommitAsync(conclusions);
        }
        await CommitAsync(conclusions);
    }

    // What was decided is committed, whatever is cancelled: the claims end with it.
    private async Task CommitAsync(List<Conclusion> conclusions)
    {
        if (conclusions.Count == 0) return;
        try
        {
            await journal.CommitAsync(Entries(conclusions), Durability.Soon, CancellationToken.None);
        }
        catch (SpoolFullException)
        {
            for (var i = 0; i < conclusions.Count; i++) conclusions[i] = recorder.WithoutNotices(conclusions[i]);
            await journal.CommitAsync(Entries(conclusions), Durability.Soon, CancellationToken.None);
        }
        foreach (var conclusion in conclusions) recorder.Publish(conclusion);
        conclusions.Clear();
    }

    private static ImmutableArray<JournalEntry> Entries(List<Conclusion> conclusions)
    {
        var entries = ImmutableArray.CreateBuilder<JournalEntry>(conclusions.Count);
        foreach (var conclusion in conclusions) conclusion.AddTo(entries);
        return entries.DrainToImmutable();
    }
}
