using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Spool.Records;

namespace Ekiden.Spool.Index;

/// <summary>
/// The one way to change the durable state: applies what the journal says, in its order, after an arrival as after a
/// restart. First ending wins: what is said of a finished recipient afterwards changes nothing.
/// </summary>
/// <remarks>
/// A recipient that was cancelled while its delivery was on the wire has two endings in the journal. It counts once;
/// which of the two it counts as may change when compaction has said the first again behind the second. Used by one
/// thread at a time, under the gate of the tables.
/// </remarks>
internal sealed class RecordApplier(
    IndexTables tables, SegmentLedger ledger, StateCounters counters, BatchTallies batches)
{
    private const int None = -1;

    /// <summary>Recipients that began to wait, to be told to the queue; the caller clears it.</summary>
    public List<int> Waiting { get; } = [];

    /// <summary>Messages that finished; the caller clears it.</summary>
    public List<MessageId> Finished { get; } = [];

    /// <summary>Messages whose every recipient was tried and that wait for a retry now; the caller clears it.</summary>
    public List<MessageId> Deferred { get; } = [];

    /// <summary>Applies one entry.</summary>
    /// <param name="record">What it says.</param>
    /// <param name="at">Where it is.</param>
    /// <param name="replaying">
    /// After a restart, in the exact order of the log. Otherwise states that compaction copied are older news: the
    /// index had them already when they were copied.
    /// </param>
    public void Apply(SpoolRecord record, in EntryLocation at, bool replaying)
    {
        switch (record)
        {
            case SpoolRecord.Accepted accepted:
                Accept(accepted, at);
                break;
            case SpoolRecord.Fact { Entry: JournalEntry.AttemptStarted started }:
                Start(started, at.Segment);
                break;
            case SpoolRecord.Fact { Entry: JournalEntry.Attempted attempted }:
                Conclude(attempted, at);
                break;
            case SpoolRecord.Fact { Entry: JournalEntry.Changed changed }:
                Change(changed, at.Segment);
                break;
            case SpoolRecord.Carried carried:
                Carry(carried, at, replaying);
                break;
            case SpoolRecord.Standing standing:
                Stand(standing, at.Segment, replaying);
                break;
            case SpoolRecord.Ended ended:
                End(ended, at.Segment);
                break;
            case SpoolRecord.Dropped dropped:
                Drop(dropped, at.Segment);
                break;
            default:
                throw new ArgumentException($"Not a record: {record.GetType().Name}", nameof(record));
        }
    }

    private void Accept(SpoolRecord.Accepted accepted, in EntryLocation at)
    {
        if (tables.Find(accepted.Message.Id) != None) return;
        var standing = new RecipientStanding(
            RecipientState.Waiting, accepted.Message.NotBefore ?? accepted.Message.AcceptedAt, 0, 0, null, false);
        Create(accepted.Message, accepted.Content, at, _ => standing);
    }

    private void Create(
        AcceptedMessage message, in StoredContent content, in EntryLocation at, Func<int, RecipientStanding> standing)
    {
        var account = tables.Accounts.Use(message.Account);
        var stream = tables.Streams.Use(message.Stream);
        var sender = tables.Domains.Use(message.Envelope.Sender?.Domain ?? "");
        var slot = tables.AddMessage(
            new MessageSlot
            {
                Id = message.Id,
                Home = at,
                FirstRecipient = None,
                Account = account,
                Stream = checked((ushort)stream),
                Batch = batches.Use(message.Batch),
                SenderDomain = sender,
                AcceptedAt = tables.Clock.Tick(message.AcceptedAt),
                ExpiresAt = tables.Clock.Tick(message.ExpiresAt),
            },
            content.Body);
        tables.Accounts.Release(account);
        tables.Streams.Release(stream);
        tables.Domains.Release(sender);
        ledger.Arrive(at);
        if (content.Body is { } body) ledger.UseBody(body);
        var recipients = message.Envelope.Recipients;
        Count(slot, new Totals { Accepted = recipients.Length });
        for (var place = 0; place < recipients.Length; place++)
        {
            var recipient = default(RecipientSlot);
            tables.Stand(ref recipient, standing(place));
            recipient.Domain = tables.Domains.Use(recipients[place].Address.Domain);
            Arrive(slot, tables.AddRecipient(slot, recipient));
            tables.Domains.Release(recipient.Domain);
        }
        CloseIfFinished(slot);
    }

    // A new recipient, or one that compaction carried over in whatever state it was.
    private void Arrive(int message, int slot)
    {
        ref var recipient = ref tables.Recipients.Write(slot);
        if (recipient.IsFinished)
        {
            Count(message, Totals.Of(recipient.State));
            return;
        }
        counters.Enter(recipient.State);
        tables.Messages.Write(message).Unfinished++;
        if (recipient.State == RecipientState.Waiting) Wait(slot, ref recipient);
    }

    private void Start(JournalEntry.AttemptStarted started, int segment)
    {
        if (!TryFind(started.Message, segment, out var message)) return;
        var cursor = new Cursor(tables, message);
        foreach (var place in started.Recipients)
        {
            if (!cursor.TryMove(place)) continue;
            ref var recipient = ref tables.Recipients.Write(cursor.Slot);
            if (!recipient.IsFinished) recipient.Started++;
        }
    }

    private void Conclude(JournalEntry.Attempted attempted, in EntryLocation at)
    {
        if (!TryFind(attempted.Message, at.Segment, out var message)) return;
        var cursor = new Cursor(tables, message);
        foreach (var result in attempted.Results)
            if (cursor.TryMove(result.Recipient)) Conclude(message, cursor.Slot, result, at);
        if (!CloseIfFinished(message) && WasTried(message)) Deferred.Add(attempted.Message);
    }

    private bool WasTried(int message)
    {
        for (var slot = tables.Messages.Read(message).FirstRecipient; slot != None; slot = tables.Recipients.Read(
            slot).Next)
        {
            ref readonly var recipient = ref tables.Recipients.Read(slot);
            if (!recipient.IsFinished
                && (recipient.Attempts == 0 || recipient.Has(RecipientFlags.Claimed)))
            {
                return false;
            }
        }
        return true;
    }

    private void Conclude(int message, int slot, RecipientResult result, in EntryLocation at)
    {
        ref var recipient = ref tables.Recipients.Write(slot);
        if (recipient.Has(RecipientFlags.Claimed)) Unclaim(ref recipient);
        if (recipient.IsFinished) return;
        recipient.Started = 0;
        (recipient.ResultSegment, recipient.ResultOffset) = (at.Segment, at.FrameOffset);
        recipient.Attempts = (ushort)Math.Clamp(result.Attempts, 0, ushort.MaxValue);
        switch (result.Outcome)
        {
            case DeliveryOutcome.Deferred deferred:
                recipient.LastReason = deferred.Reason;
                recipient.Set(RecipientFlags.PossibleDuplicate, deferred.MayBeDuplicated);
                recipient.Due = tables.Clock.Tick(result.NextAttempt);
                if (recipient.State == RecipientState.Waiting) Wait(slot, ref recipient);
                break;
            case DeliveryOutcome.Delivered:
                Finish(message, ref recipient, RecipientState.Delivered);
                break;
            case DeliveryOutcome.Failed failed:
                Finish(message, ref recipient, failed.Reason == FailureReason.Expired
                    ? RecipientState.Expired
                    : RecipientState.Failed);
                break;
        }
    }

    private void Change(JournalEntry.Changed changed, int segment)
    {
        if (!TryFind(changed.Message, segment, out var message)) return;
        var cursor = new Cursor(tables, message);
        foreach (var place in changed.Recipients)
        {
            if (!cursor.TryMove(place)) continue;
            ref var recipient = ref tables.Recipients.Write(cursor.Slot);
            if (!recipient.IsFinished) Change(message, cursor.Slot, ref recipient, changed);
        }
        CloseIfFinished(message);
    }

    private void Change(int message, int slot, ref RecipientSlot recipient, JournalEntry.Changed changed)
    {
        switch (changed.Change)
        {
            case QueueChange.Hold:
                Move(ref recipient, RecipientState.Held);
                recipient.Generation++;
                break;
            case QueueChange.Release:
                // A waiting one too: recovery holds a suspect in memory only, and the journal knows it as waiting.
                Move(ref recipient, RecipientState.Waiting);
                if (recipient.Started > 0) recipient.Set(RecipientFlags.PossibleDuplicate, true);
                recipient.Started = 0;
                recipient.Set(RecipientFlags.Damaged, false);
                recipient.Due = tables.Clock.Tick(changed.Due);
                Wait(slot, ref recipient);
                break;
            case QueueChange.Reschedule:
                recipient.Due = tables.Clock.Tick(changed.Due);
                if (recipient.State == RecipientState.Waiting) Wait(slot, ref recipient);
                break;
            case QueueChange.Cancel:
                Finish(message, ref recipient, RecipientState.Cancelled);
                break;
            case QueueChange.Suppress:
                Finish(message, ref recipient, RecipientState.Suppressed);
                break;
        }
    }

    private void Carry(SpoolRecord.Carried carried, in EntryLocation at, bool replaying)
    {
        var message = tables.Find(carried.Message.Id);
        if (message == None)
        {
            Create(carried.Message, carried.Content, at, place => carried.Recipients[place]);
            return;
        }
        ref var slot = ref tables.Messages.Write(message);
        ledger.Supersede(at.Segment, slot.Home.Segment);
        if (slot.Unfinished == 0) return;
        ledger.Leave(slot.Home);
        slot.Home = at;
        ledger.Arrive(at);
        if (replaying) Stand(message, carried.Recipients);
    }

    private void Stand(SpoolRecord.Standing standing, int segment, bool replaying)
    {
        if (TryFind(standing.Message, segment, out var message) && replaying) Stand(message, standing.Recipients);
    }

    // Facts that led there may have been in a segment that is gone.
    private void Stand(int message, ImmutableArray<RecipientStanding> standing)
    {
        var cursor = new Cursor(tables, message);
        for (var place = 0; place < standing.Length; place++)
        {
            if (!cursor.TryMove(place)) continue;
            ref var recipient = ref tables.Recipients.Write(cursor.Slot);
            if (recipient.IsFinished) continue;
            var now = standing[place];
            if (now.State >= RecipientState.Delivered)
            {
                Finish(message, ref recipient, now.State);
                continue;
            }
            Move(ref recipient, now.State);
            tables.Stand(ref recipient, now);
            if (now.State == RecipientState.Waiting) Wait(cursor.Slot, ref recipient);
        }
        CloseIfFinished(message);
    }

    private void End(SpoolRecord.Ended ended, int segment)
    {
        if (!TryFind(ended.Message, segment, out var message)) return;
        var cursor = new Cursor(tables, message);
        foreach (var (place, state) in ended.Recipients)
        {
            if (!cursor.TryMove(place)) continue;
            ref var recipient = ref tables.Recipients.Write(cursor.Slot);
            if (!recipient.IsFinished) Finish(message, ref recipient, state);
        }
        CloseIfFinished(message);
    }

    private void Drop(SpoolRecord.Dropped dropped, int segment)
    {
        foreach (var gone in dropped.Segments)
            if (ledger.Live(gone).Messages > 0) Forget(gone);
        counters.Count(ledger.Drop(dropped.Segments, dropped.Totals));
        batches.Drop(dropped.Segments, dropped.Batches);
    }

    // Only after damage: a segment goes when all its messages have finished, but the facts that finished these could
    // not be read. How they ended is in the totals of the record that drops the segment.
    private void Forget(int segment)
    {
        for (var message = 0; message < tables.Messages.Count; message++)
        {
            ref readonly var slot = ref tables.Messages.Read(message);
            if (slot.RecipientCount == 0 || slot.Home.Segment != segment || slot.Unfinished == 0) continue;
            var ended = default(Totals);
            for (var place = slot.FirstRecipient; place != None; place = tables.Recipients.Read(place).Next)
            {
                var state = tables.Recipients.Read(place).State;
                if (state < RecipientState.Delivered) counters.Leave(state);
                else ended += Totals.Of(state);
            }
            Count(message, new Totals { Accepted = -slot.RecipientCount } - ended);
            ledger.Leave(slot.Home);
            if (tables.BodyOf(message) is { } body) ledger.ReleaseBody(body);
            Finished.Add(slot.Id);
            tables.Remove(message);
        }
    }

    private bool TryFind(MessageId id, int segment, out int message)
    {
        message = tables.Find(id);
        if (message == None) return false;
        ledger.Supersede(segment, tables.Messages.Read(message).Home.Segment);
        return true;
    }

    private void Wait(int slot, ref RecipientSlot recipient)
    {
        recipient.Generation++;
        recipient.Set(RecipientFlags.Offered, false);
        if (!recipient.Has(RecipientFlags.Claimed)) Waiting.Add(slot);
    }

    private void Move(ref RecipientSlot recipient, RecipientState state)
    {
        counters.Leave(recipient.State);
        counters.Enter(state);
        recipient.State = state;
    }

    private void Finish(int message, ref RecipientSlot recipient, RecipientState state)
    {
        counters.Leave(recipient.State);
        Count(message, Totals.Of(state));
        recipient.State = state;
        recipient.Generation++;
        tables.Messages.Write(message).Unfinished--;
    }

    private void Count(int message, in Totals totals)
    {
        counters.Count(totals);
        batches.Count(tables.Messages.Read(message).Batch, totals);
    }

    private void Unclaim(ref RecipientSlot recipient)
    {
        recipient.Set(RecipientFlags.Claimed, false);
        counters.Claimed--;
    }

    /// <summary>Gives the slots of a message back when nothing of it is unfinished or claimed.</summary>
    public bool CloseIfFinished(int message)
    {
        ref readonly var slot = ref tables.Messages.Read(message);
        if (slot.Unfinished > 0) return false;
        var ended = new Totals { Accepted = slot.RecipientCount };
        var isClaimed = false;
        for (var recipient = slot.FirstRecipient; recipient != None;)
        {
            ref readonly var one = ref tables.Recipients.Read(recipient);
            ended += Totals.Of(one.State);
            isClaimed |= one.Has(RecipientFlags.Claimed);
            recipient = one.Next;
        }
        if (slot.Home.Segment != 0)
        {
            ledger.Finish(slot.Home, ended);
            batches.Finish(slot.Batch, slot.Home.Segment, ended);
            if (tables.BodyOf(message) is { } body) ledger.ReleaseBody(body);
            Finished.Add(slot.Id);
            tables.Messages.Write(message).Home = default;
        }
        // Whoever holds the claim still knows the slot: it is given back with the claim.
        if (!isClaimed) tables.Remove(message);
        return true;
    }

    // Walks the recipients of a message; places mostly come in ascending order, so the walk goes on where it stopped.
    private struct Cursor(IndexTables tables, int message)
    {
        private int _next = tables.Messages.Read(message).FirstRecipient;

        public int Slot { get; private set; } = None;

        public bool TryMove(int place)
        {
            if (place < 0 || place >= tables.Messages.Read(message).RecipientCount) return false;
            if (_next == None || tables.Recipients.Read(_next).Place > place)
                _next = tables.Messages.Read(message).FirstRecipient;
            while (_next != None && tables.Recipients.Read(_next).Place < place)
                _next = tables.Recipients.Read(_next).Next;
            Slot = _next;
            return Slot != None;
        }
    }
}
