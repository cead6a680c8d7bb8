using System.Buffers;
using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Spool.Index;
using Ekiden.Spool.Journal;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Housekeeping;

/// <summary>Copies the live messages of a segment to the end of the log, so that the segment can go.</summary>
/// <remarks>
/// A copy carries the state of its recipients at its place in the log. It is made only while no fact about the message
/// is on its way, and facts that come meanwhile wait for the copy (<see cref="PendingFacts"/>): so the state in memory
/// is the state in the log, and a replay that finds only the copy knows all that the original's facts said.
/// </remarks>
internal sealed partial class Compactor(JournalParts parts)
{
    // Bytes copied in one commit: facts about their messages wait for it.
    private const int BatchBytes = 256 << 10;

    private readonly ILogger _logger = parts.Loggers.CreateLogger<Compactor>();

    /// <summary>
    /// Copies what is live, and says again what the segment's facts say about messages that are at home in older
    /// segments. Messages that something is happening to stay, for the next time.
    /// </summary>
    /// <returns>All facts were said again: the segment may go before the older ones, once nothing in it is
    /// live.</returns>
    public async Task<bool> CompactAsync(SegmentInfo segment, CancellationToken cancel)
    {
        using var writer = new EntryWriter();
        var homes = Homes((int)segment.Id);
        for (var next = 0; next < homes.Count;)
        {
            cancel.ThrowIfCancellationRequested();
            next = await CopyBatchAsync(homes, next, writer);
        }
        Log.Compacted(_logger, segment.Id, homes.Count);
        bool hasOlder;
        lock (parts.Index.Tables.Gate) hasOlder = parts.Index.Ledger.Superseded((int)segment.Id).Any();
        return !hasOlder || await SayAgainAsync(segment, writer, cancel);
    }

    private async Task<bool> SayAgainAsync(SegmentInfo segment, EntryWriter writer, CancellationToken cancel)
    {
        var scan = new FactScan();
        parts.Log.ReadSegment(segment, scan);
        if (scan.IsDamaged) return false;
        var isComplete = true;
        var facts = new Queue<KeyValuePair<MessageId, List<EndedRecipient>>>(scan.Facts);
        while (facts.Count > 0)
        {
            cancel.ThrowIfCancellationRequested();
            isComplete &= await SayAgainAsync(facts, writer);
        }
        return isComplete;
    }

    private async Task<bool> SayAgainAsync(
        Queue<KeyValuePair<MessageId, List<EndedRecipient>>> facts, EntryWriter writer)
    {
        var frame = parts.Log.NewFrame();
        var records = new List<SpoolRecord>();
        var starts = new List<int>();
        var isComplete = true;
        try
        {
            var most = Math.Min(BatchBytes, parts.Log.MaxPayload / 2);
            while (frame.Length < most && facts.TryDequeue(out var fact))
            {
                var (id, ended) = fact;
                if (Again(id, ended, ref isComplete) is not { } record) continue;
                starts.Add(frame.Length);
                records.Add(record);
                if (record is SpoolRecord.Standing standing) writer.Standing(frame, standing);
                else writer.Ended(frame, (SpoolRecord.Ended)record);
            }
            await AppendAsync(frame, records, starts);
            return isComplete;
        }
        finally
        {
            parts.Pending.EndCarry(records.OfType<SpoolRecord.Standing>().Select(standing => standing.Message));
        }
    }

    // A live message's state as a whole; of a finished one what ended here; null when there is nothing to say.
    private SpoolRecord? Again(MessageId id, List<EndedRecipient> ended, ref bool isComplete)
    {
        bool isLive;
        var tables = parts.Index.Tables;
        lock (tables.Gate) isLive = tables.Find(id) is >= 0 and var slot && tables.Messages.Read(slot).Unfinished > 0;
        if (!isLive) return ended.Count == 0 ? null : new SpoolRecord.Ended(id, [.. ended]);
        if (TryStand(id, home: null) is { } standing) return new SpoolRecord.Standing(id, standing);
        isComplete = false;
        return null;
    }

    private List<(MessageId Id, EntryLocation Home)> Homes(int segment)
    {
        var tables = parts.Index.Tables;
        var homes = new List<(MessageId Id, EntryLocation Home)>();
        for (var from = 0; ; from += 4096)
        {
            lock (tables.Gate)
            {
                if (from >= tables.Messages.Count) break;
                var end = Math.Min(from + 4096, tables.Messages.Count);
                for (var slot = from; slot < end; slot++)
                {
                    ref readonly var message = ref tables.Messages.Read(slot);
                    if (message.Unfinished > 0 && message.Home.Segment == segment)
                    {
                        homes.Add(
                        (message.Id, message.Home));
                    }
                }
            }
        }
        // In the order of the disk.
        homes.Sort(static (a, b) => a.Home.FrameOffset.CompareTo(b.Home.FrameOffset));
        return homes;
    }

    private async Task<int> CopyBatchAsync(List<(MessageId Id, EntryLocation Home)> homes, int next, EntryWriter writer)
    {
        var frame = parts.Log.NewFrame();
        var payloads = new List<FramePayload>();
        var records = new List<SpoolRecord>();
        var starts = new List<int>();
        try
        {
            for (; next < homes.Count && HasRoom(frame, homes[next].Home.Length); next++)
            {
                if (TryRead(homes[next].Id, homes[next].Home) is not { } read) continue;
                payloads.Add(read.Payload);
                if (TryStand(homes[next].Id, homes[next].Home) is not { } standing) continue;
                starts.Add(frame.Length);
                var inline = read.Payload.Memory.Slice(read.Content.InlineOffset, read.Content.InlineLength);
                var content = new ContentToWrite(new ReadOnlySequence<byte>(inline), read.Content.Body);
                records.Add(new SpoolRecord.Carried(read.Message, read.Content, standing));
                writer.Carried(frame, read.Message, content, standing);
            }
            await AppendAsync(frame, records, starts);
            return next;
        }
        finally
        {
            parts.Pending.EndCarry(records.Select(record => ((SpoolRecord.Carried)record).Message.Id));
            foreach (var payload in payloads) payload.Dispose();
        }
    }

    // The copy is longer than the original by the state of its recipients.
    private bool HasRoom(Frame frame, int entry) =>
        frame.Length == 0 || frame.Length + entry + (entry / 2) < Math.Min(BatchBytes, parts.Log.MaxPayload);

    private async Task AppendAsync(Frame frame, List<SpoolRecord> records, List<int> starts)
    {
        if (records.Count == 0)
        {
            frame.Discard();
            return;
        }
        frame.State = new Commit([.. records], [.. starts, frame.Length]);
        await parts.Log.AppendAsync(frame, Durability.Flushed);
    }

    private (AcceptedMessage Message, StoredContent Content, FramePayload Payload)? TryRead(
        MessageId id, in EntryLocation home)
    {
        FramePayload? payload = null;
        try
        {
            payload = parts.Log.Read(home.Frame);
            var (message, content) = StoredMessages.Parse(id, home, payload.Memory.Span);
            return (message, content, payload);
        }
        catch (FrameDamagedException damage)
        {
            // It stays where it is: whoever opens it puts it into quarantine, and the segment is kept as evidence.
            payload?.Dispose();
            Log.Damaged(_logger, id, damage.Message);
            return null;
        }
    }

    // The state of a message that nothing is happening to; from now on facts about it wait.
    private ImmutableArray<RecipientStanding>? TryStand(MessageId id, EntryLocation? home)
    {
        var tables = parts.Index.Tables;
        lock (tables.Gate)
        {
            var slot = tables.Find(id);
            if (slot < 0 || tables.Messages.Read(slot).Unfinished == 0) return null;
            if (home is not null && tables.Messages.Read(slot).Home != home) return null;
            if (!parts.Pending.TryCarry(slot)) return null;
            var standing = ImmutableArray.CreateBuilder<RecipientStanding>(tables.Messages.Read(slot).RecipientCount);
            for (var one = tables.Messages.Read(slot).FirstRecipient; one >= 0; one = tables.Recipients.Read(one).Next)
                standing.Add(tables.StandingOf(tables.Recipients.Read(one)));
            return standing.MoveToImmutable();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "Segment {Segment}: {Messages} live messages copied")]
        public static partial void Compacted(ILogger logger, long segment, int messages);

        [LoggerMessage(LogLevel.Critical, "{MessageId} cannot be read: its segment stays ({Why})")]
        public static partial void Damaged(ILogger logger, MessageId messageId, string why);
    }
}
