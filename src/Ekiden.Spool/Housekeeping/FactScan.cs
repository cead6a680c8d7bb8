using Ekiden.Mail;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Housekeeping;

/// <summary>
/// Collects from one segment which messages its facts are about, apart from those that were accepted in it, and which
/// recipients ended in it.
/// </summary>
internal sealed class FactScan : IReplayHandler
{
    private readonly List<EntryInFrame> _entries = [];
    private readonly HashSet<MessageId> _accepted = [];
    private readonly Dictionary<MessageId, List<EndedRecipient>> _facts = [];

    /// <summary>The messages, with the recipients of each that ended here; maybe none.</summary>
    public IReadOnlyDictionary<MessageId, List<EndedRecipient>> Facts => _facts;

    /// <summary>A part of the segment could not be read: what it said is not known, so it must stay.</summary>
    public bool IsDamaged { get; private set; }

    /// <inheritdoc/>
    public void Replayed(FrameLocation at, ReadOnlySpan<byte> payload)
    {
        IsDamaged |= EntryReader.ReadAll(payload, _entries) != EntryResult.Whole;
        foreach (var entry in _entries) Take(entry.Record);
    }

    /// <inheritdoc/>
    public void Damaged(DamagedRange range, ReadOnlySpan<byte> bytes) => IsDamaged = true;

    private void Take(SpoolRecord record)
    {
        switch (record)
        {
            case SpoolRecord.Accepted accepted:
                _accepted.Add(accepted.Message.Id);
                break;
            case SpoolRecord.Fact { Entry: JournalEntry.AttemptStarted started }:
                About(started.Message);
                break;
            case SpoolRecord.Fact { Entry: JournalEntry.Attempted attempted }:
                foreach (var result in attempted.Results)
                {
                    End(
                    attempted.Message, result.Recipient, Fate(result.Outcome));
                }

                break;
            case SpoolRecord.Fact { Entry: JournalEntry.Changed changed }:
                foreach (var place in changed.Recipients) End(changed.Message, place, Fate(changed.Change));
                break;
            case SpoolRecord.Carried carried:
                Stand(carried.Message.Id, carried.Recipients);
                break;
            case SpoolRecord.Standing standing:
                Stand(standing.Message, standing.Recipients);
                break;
            case SpoolRecord.Ended ended:
                foreach (var (place, state) in ended.Recipients) End(ended.Message, place, state);
                break;
        }
    }

    private void Stand(MessageId id, IReadOnlyList<RecipientStanding> standing)
    {
        for (var place = 0; place < standing.Count; place++) End(id, place, standing[place].State);
    }

    private void End(MessageId id, int place, RecipientState state)
    {
        if (About(id) is { } ended && state >= RecipientState.Delivered) ended.Add(new EndedRecipient(place, state));
    }

    // Null when the message was accepted in this segment: it is nowhere in an older one.
    private List<EndedRecipient>? About(MessageId id)
    {
        if (_accepted.Contains(id)) return null;
        if (!_facts.TryGetValue(id, out var ended)) _facts.Add(id, ended = []);
        return ended;
    }

    private static RecipientState Fate(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Delivered => RecipientState.Delivered,
        DeliveryOutcome.Failed { Reason: FailureReason.Expired } => RecipientState.Expired,
        DeliveryOutcome.Failed => RecipientState.Failed,
        _ => RecipientState.Waiting,
    };

    private static RecipientState Fate(QueueChange change) => change switch
    {
        QueueChange.Cancel => RecipientState.Cancelled,
        QueueChange.Suppress => RecipientState.Suppressed,
        _ => RecipientState.Waiting,
    };
}
