using Ekiden.Mail;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Journal;

/// <summary>
/// Reads the last outcome of a recipient where the log has it. The index keeps the place, 8 bytes, and not the text: a
/// reply has up to 1 KiB, and only an operator asks for it.
/// </summary>
internal sealed class StoredOutcomes(JournalParts parts)
{
    /// <inheritdoc cref="IJournal.LastOutcome"/>
    public DeliveryOutcome? Last(in QueuedRecipient recipient)
    {
        if (PlaceOf(recipient) is not { } place) return null;
        try
        {
            using var payload = parts.Log.Read(place);
            var entries = new List<EntryInFrame>();
            EntryReader.ReadAll(payload.Memory.Span, entries);
            return Find(entries, recipient);
        }
        catch (FrameDamagedException)
        {
            // Compaction has copied the state and not the words.
            return null;
        }
    }

    private LogPosition? PlaceOf(in QueuedRecipient recipient)
    {
        var tables = parts.Index.Tables;
        lock (tables.Gate)
        {
            ref readonly var slot = ref tables.Recipients.Read(recipient.Slot);
            if (slot.Message < 0 || slot.ResultSegment == 0 || slot.Place != recipient.Recipient) return null;
            if (tables.Messages.Read(slot.Message).Id != recipient.Message) return null;
            return new LogPosition(slot.ResultSegment, slot.ResultOffset);
        }
    }

    private static DeliveryOutcome? Find(List<EntryInFrame> entries, in QueuedRecipient recipient)
    {
        DeliveryOutcome? last = null;
        foreach (var entry in entries)
        {
            if (entry.Record is not SpoolRecord.Fact { Entry: JournalEntry.Attempted attempted }) continue;
            if (attempted.Message != recipient.Message) continue;
            foreach (var result in attempted.Results)
            {
                if (result.Recipient == recipient.Recipient) last = result.Outcome;
            }
        }
        return last;
    }
}
