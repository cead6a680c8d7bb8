using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Ekiden.Delivery.Queue;
using Ekiden.Directory.Suppressions;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.Extensions.Logging;

namespace Ekiden.Delivery.Attempts;

/// <summary>
/// Claims recipients and opens their message: the one that is next, and with it all due recipients of the same message
/// that wait in the same place.
/// </summary>
internal sealed partial class AttemptStarter(
    IJournal journal, DeliveryQueue queue, OutcomeRecorder recorder, TimeProvider clock, ILogger logger)
{
    [ThreadStatic]
    private static List<QueuedRecipient>? _siblings;

    private readonly QueueIndex _index = journal.Index;
    private readonly Lock[] _claiming = [.. Enumerable.Range(0, 64).Select(_ => new Lock())];

    /// <summary>Who must not be mailed; null: nobody is on a list.</summary>
    public SuppressionList? Suppressions { get; init; }

    /// <summary>Signs what is opened; null when nothing is signed.</summary>
    public SignatureMemory? Signer { get; init; }

    /// <summary>
    /// The attempt for the recipient in <paramref name="slot"/>; null when there is nobody to deliver to: cancelled,
    /// held, claimed by another, moved to another place.
    /// </summary>
    /// <param name="slot">Who is next.</param>
    /// <param name="place">Where it waits.</param>
    /// <param name="most">Recipients at most.</param>
    /// <param name="cancel">Ends the wait for the disk.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Attempt?> BeginAsync(int slot, IWaitingPlace place, int most, CancellationToken cancel)
    {
        var timestamp = clock.GetTimestamp();
        var now = clock.GetUtcNow();
        var claimed = Claim(slot, place, most, now);
        if (claimed.IsEmpty || await OpenAsync(claimed, cancel) is not { } opened) return null;
        var listed = FindSuppressed(opened.Stored.Message, claimed);
        if (!listed.IsEmpty)
        {
            claimed = await SuppressAsync(opened.Stored.Message.Id, claimed, listed, now);
            if (claimed.IsEmpty)
            {
                opened.Stored.Dispose();
                return null;
            }
        }
        return new Attempt(opened.Stored, claimed)
        {
            Signatures = opened.Signatures,
            BegunAt = now,
            BegunTimestamp = timestamp,
        };
    }

    // Mail that was queued before its address came onto a list must not leave either (api.md §3).
    private ImmutableArray<QueuedRecipient> FindSuppressed(
        AcceptedMessage message, ImmutableArray<QueuedRecipient> claimed)
    {
        if (Suppressions is not { IsEmpty: false } list) return [];
        if (message.Origin is MessageOrigin.Inbound or MessageOrigin.Notice) return [];
        return claimed.RemoveAll(recipient => list.Find(
            message.Account, message.Stream, message.Envelope.Recipients[recipient.Recipient].Address) is null);
    }

    private async ValueTask<ImmutableArray<QueuedRecipient>> SuppressAsync(
        MessageId message, ImmutableArray<QueuedRecipient> claimed, ImmutableArray<QueuedRecipient> listed,
        DateTimeOffset now)
    {
        await journal.CommitAsync(
            [
                new JournalEntry.Changed(
                    message, now, QueueChange.Suppress, [.. listed.Select(recipient => recipient.Recipient)], now,
                    "suppression"),
            ],
            Durability.Soon, CancellationToken.None);
        foreach (var recipient in listed) _index.Unclaim(recipient.Slot);
        return claimed.RemoveAll(recipient => listed.Any(gone => gone.Slot == recipient.Slot));
    }

    /// <summary>Gives all claims back: the recipients are due as before.</summary>
    public void Release(Attempt attempt) => Release(attempt.Recipients);

    // Entries of the queue are never removed, so a slot may meanwhile belong to another recipient, or be due later: an
    // entry that is out of date is dropped, since the one that counts is elsewhere.
    private ImmutableArray<QueuedRecipient> Claim(int slot, IWaitingPlace place, int most, DateTimeOffset now)
    {
        var first = _index.Get(slot);
        if (first.State != RecipientState.Waiting || !DeliveryQueue.IsDue(first, now)) return [];
        if (!queue.Holds(place, first.Domain))
        {
            // Its domain goes another way now: once more from the start.
            queue.Add(slot);
            return [];
        }
        // Workers that begin with two recipients of one message at the same moment: the first gets all of them.
        lock (_claiming[(int)((ulong)first.Message.Value % (ulong)_claiming.Length)])
        {
            if (!_index.TryClaim(slot, first.Generation)) return [];
            return most == 1 ? [first] : ClaimCompanions(first, place, most, now);
        }
    }

    private ImmutableArray<QueuedRecipient> ClaimCompanions(
        QueuedRecipient first, IWaitingPlace place, int most, DateTimeOffset now)
    {
        var siblings = _siblings ??= [];
        siblings.Clear();
        _index.FindSiblings(first.Slot, now, siblings, int.MaxValue);
        if (siblings.Count == 0) return [first];
        var claimed = ImmutableArray.CreateBuilder<QueuedRecipient>();
        claimed.Add(first);
        foreach (var sibling in siblings)
        {
            if (claimed.Count == most) break;
            if (queue.Holds(place, sibling.Domain) && _index.TryClaim(sibling.Slot, sibling.Generation))
                claimed.Add(sibling);
        }
        claimed.Sort(static (a, b) => a.Recipient.CompareTo(b.Recipient));
        return claimed.DrainToImmutable();
    }

    private async ValueTask<(StoredMessage Stored, ReadOnlyMemory<byte> Signatures)?> OpenAsync(
        ImmutableArray<QueuedRecipient> claimed, CancellationToken cancel)
    {
        var message = claimed[0].Message;
        StoredMessage? stored = null;
        try
        {
            stored = await journal.OpenAsync(message, cancel);
            if (stored is not null) return (stored, Signer?.Sign(stored.Message, stored.Content) ?? default);
            // In quarantine: an operator decides. The claims stay, or it would be asked for again at once.
            Log.InQuarantine(logger, message);
            return null;
        }
        catch (OperationCanceledException)
        {
            Release(claimed);
            throw;
        }
        catch (Exception e) when (e is not JournalFailedException)
        {
            stored?.Dispose();
            Log.Unreadable(logger, message, e);
            await journal.CommitAsync([recorder.Unreadable(claimed)], Durability.Soon, CancellationToken.None);
            return null;
        }
    }

    private void Release(ImmutableArray<QueuedRecipient> claimed)
    {
        foreach (var recipient in claimed)
        {
            _index.Unclaim(recipient.Slot);
            queue.Add(recipient.Slot);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "{MessageId} is in quarantine and is not tried")]
        public static partial void InQuarantine(ILogger logger, MessageId messageId);

        [LoggerMessage(LogLevel.Error, "{MessageId} cannot be read or signed; it is tried again later")]
        public static partial void Unreadable(ILogger logger, MessageId messageId, Exception exception);
    }
}
