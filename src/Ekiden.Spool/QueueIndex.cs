using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Spool.Index;

namespace Ekiden.Spool;

/// <summary>
/// The state of every unfinished recipient, in arrays of structs without references: a view of the journal, changed
/// only by applying entries in the journal's order.
/// </summary>
/// <remarks>
/// Thread-safe: short critical sections, and no caller's code runs inside one. At most 160 bytes per waiting recipient,
/// target 96.
/// <para>
/// Slots are reused. A slot is safe to hold in three ways: while it is claimed (until <see cref="Unclaim"/>, or until
/// the result of the attempt is committed), while its link is set (<see cref="SetLink"/>), or together with
/// <see cref="QueuedRecipient.Generation"/>, which changes whenever the recipient begins to wait anew, is held or ends.
/// </para>
/// </remarks>
public sealed class QueueIndex
{
    /// <summary>A recipient that is in no list of the queue.</summary>
    public const int NoLink = -1;

    private const int None = -1;
    private const int Block = 256;

    private readonly TimeProvider _time;

    /// <summary>An empty index.</summary>
    public QueueIndex(TimeProvider time)
    {
        _time = time;
        Tables = new IndexTables(new DueClock(time.GetUtcNow()));
        Applier = new RecordApplier(Tables, Ledger, Counters, Batches);
    }

    internal IndexTables Tables { get; }

    internal SegmentLedger Ledger { get; } = new();

    internal BatchTallies Batches { get; } = new();

    internal StateCounters Counters { get; } = new();

    internal RecordApplier Applier { get; }

    /// <summary>What the index knows of one recipient; its state is finished when the slot is free.</summary>
    public QueuedRecipient Get(int slot)
    {
        lock (Tables.Gate) return Copy(slot);
    }

    /// <summary>
    /// Claims a waiting recipient for an attempt. False when it is not waiting any more (cancelled, held, claimed).
    /// A claim lives in memory only: after a crash the recipient waits again.
    /// </summary>
    public bool TryClaim(int slot)
    {
        lock (Tables.Gate) return TryClaimHere(slot);
    }

    /// <summary>
    /// As <see cref="TryClaim(int)"/>; false too when the slot is not what it was at that generation.
    /// </summary>
    public bool TryClaim(int slot, uint generation)
    {
        lock (Tables.Gate) return Tables.Recipients.Read(slot).Generation == generation && TryClaimHere(slot);
    }

    /// <summary>
    /// Gives a claim back without an attempt (shutdown, lost slot): the recipient waits again, or is what it became
    /// meanwhile. The queue is not told: the caller puts it back where it belongs.
    /// </summary>
    public void Unclaim(int slot)
    {
        lock (Tables.Gate)
        {
            ref var recipient = ref Tables.Recipients.Write(slot);
            if (!recipient.Has(RecipientFlags.Claimed)) return;
            recipient.Set(RecipientFlags.Claimed, false);
            Counters.Claimed--;
            Applier.CloseIfFinished(recipient.Message);
        }
    }

    /// <summary>
    /// Every recipient of an unfinished message, the finished ones too, in the order of the envelope; empty when the
    /// message is unknown or finished.
    /// </summary>
    public ImmutableArray<QueuedRecipient> FindMessage(MessageId id)
    {
        lock (Tables.Gate)
        {
            var message = Tables.Find(id);
            if (message == None || Tables.Messages.Read(message).Unfinished == 0) return [];
            var found = ImmutableArray.CreateBuilder<QueuedRecipient>(Tables.Messages.Read(message).RecipientCount);
            for (var slot = First(message); slot != None; slot = Tables.Recipients.Read(slot).Next)
            {
                found.Add(Copy(slot));
            }
            return found.MoveToImmutable();
        }
    }

    /// <summary>
    /// Other recipients of the same message that wait, to send with it in one transaction. With
    /// <paramref name="dueBy"/> now, only those that are due.
    /// </summary>
    /// <param name="slot">A recipient that the caller has claimed.</param>
    /// <param name="dueBy">Due at this moment or earlier.</param>
    /// <param name="into">Gets the others, at most <paramref name="most"/>; they are not claimed yet.</param>
    /// <param name="most">How many at most.</param>
    public void FindSiblings(int slot, DateTimeOffset dueBy, List<QueuedRecipient> into, int most)
    {
        lock (Tables.Gate)
        {
            var message = Tables.Recipients.Read(slot).Message;
            if (message == None || Tables.Messages.Read(message).Unfinished < 2) return;
            var latest = Tables.Clock.Tick(dueBy);
            for (var other = First(message); other != None && most > 0; other = Tables.Recipients.Read(other).Next)
            {
                ref readonly var recipient = ref Tables.Recipients.Read(other);
                if (other == slot || recipient.Due > latest || !IsWaiting(recipient)) continue;
                into.Add(Copy(other));
                most--;
            }
        }
    }

    /// <summary>
    /// Shows every unfinished recipient, message by message, to a visitor until it returns false. The visitor runs
    /// outside the lock on copies, so the index goes on changing: a recipient that changes meanwhile may be shown as it
    /// was.
    /// </summary>
    public void Visit(Func<QueuedRecipient, bool> visitor)
    {
        var block = new List<QueuedRecipient>();
        for (var from = 0; CopyBlock(from, block); from += Block)
        {
            foreach (var recipient in block)
            {
                if (!visitor(recipient)) return;
            }
        }
    }

    /// <summary>
    /// Adds the slots of a message's unfinished recipients to <paramref name="slots"/>, in the order of its envelope:
    /// delivery sends one message once to all recipients that go the same way.
    /// </summary>
    public void FindSlots(MessageId message, List<int> slots)
    {
        lock (Tables.Gate)
        {
            var found = Tables.Find(message);
            if (found == None) return;
            for (var slot = First(found); slot != None; slot = Tables.Recipients.Read(slot).Next)
            {
                if (!Tables.Recipients.Read(slot).IsFinished) slots.Add(slot);
            }
        }
    }

    /// <summary>
    /// The domain with this id, in lower case and A-label form; the same object every time. Ids of domains that nobody
    /// waits for are given to others some 65,000 domains later: then empty, or another name.
    /// </summary>
    public string DomainName(int domain)
    {
        lock (Tables.Gate) return Tables.Domains[domain];
    }

    /// <summary>
    /// The recipients of one batch since it was handed in, and what became of them; all 0 for a batch that is not
    /// known, or forgotten.
    /// </summary>
    public BatchProgress ProgressOf(BatchId batch)
    {
        lock (Tables.Gate)
        {
            var totals = Batches.Of(batch);
            return new BatchProgress(
                totals.Accepted, totals.Delivered, totals.Failed, totals.Expired, totals.Cancelled, totals.Suppressed);
        }
    }

    /// <summary>A batch is over, and its numbers are kept elsewhere: they are not carried on.</summary>
    public void ForgetBatch(BatchId batch)
    {
        lock (Tables.Gate) Batches.Forget(batch);
    }

    /// <summary>How many recipients are where, and how many of each fate there were: DESIGN §9.4.</summary>
    public Accounting Accounting
    {
        get
        {
            lock (Tables.Gate)
            {
                var ended = Counters.Totals;
                var held = Counters.In(RecipientState.Held);
                var waiting = Counters.In(RecipientState.Waiting);
                return new Accounting(
                    ended.Accepted, ended.Delivered, ended.Failed, ended.Expired, ended.Cancelled, ended.Suppressed,
                    waiting + held, Counters.Claimed, held);
            }
        }
    }

    /// <summary>
    /// Unfinished recipients by stream and by domain, and the oldest; walks the whole index in short steps.
    /// </summary>
    public QueueSummary Summarize()
    {
        var byStream = new Dictionary<string, int>(StringComparer.Ordinal);
        var byDomain = new Dictionary<string, int>(StringComparer.Ordinal);
        var deferred = 0;
        DateTimeOffset? oldest = null;
        Visit(recipient =>
        {
            byStream[recipient.Stream] = byStream.GetValueOrDefault(recipient.Stream) + 1;
            var domain = DomainName(recipient.Domain);
            byDomain[domain] = byDomain.GetValueOrDefault(domain) + 1;
            if (recipient is { State: RecipientState.Waiting, Attempts: > 0 }) deferred++;
            if (oldest is null || recipient.AcceptedAt < oldest) oldest = recipient.AcceptedAt;
            return true;
        });
        var age = oldest is { } since ? _time.GetUtcNow() - since : TimeSpan.Zero;
        return new QueueSummary(Accounting, deferred, age < TimeSpan.Zero ? TimeSpan.Zero : age, byStream, byDomain);
    }

    /// <summary>The queue's own field of a recipient; <see cref="NoLink"/> at first.</summary>
    public int GetLink(int slot)
    {
        lock (Tables.Gate) return Tables.Recipients.Read(slot).Link;
    }

    /// <summary>
    /// Sets the queue's own field. While it is not <see cref="NoLink"/> the slot is not given to another recipient,
    /// even when its own has ended: so a list made of links stays whole. Whoever links unlinks.
    /// </summary>
    public void SetLink(int slot, int link)
    {
        lock (Tables.Gate) Tables.SetLink(slot, link);
    }

    /// <summary>Bytes of memory that the slots and their links take.</summary>
    public long MemoryBytes
    {
        get { lock (Tables.Gate) return Tables.Bytes; }
    }

    /// <summary>
    /// A message was found damaged and its recipients held: whoever claimed them has nothing to attempt.
    /// </summary>
    internal void MarkDamaged(MessageId id)
    {
        lock (Tables.Gate)
        {
            var message = Tables.Find(id);
            if (message == None) return;
            for (var slot = First(message); slot != None; slot = Tables.Recipients.Read(slot).Next)
            {
                ref var recipient = ref Tables.Recipients.Write(slot);
                if (recipient.State != RecipientState.Held) continue;
                recipient.Set(RecipientFlags.Damaged, true);
                if (recipient.Has(RecipientFlags.Claimed)) Counters.Claimed--;
                recipient.Set(RecipientFlags.Claimed, false);
            }
        }
    }

    /// <summary>At a start: holds a message that must not be tried, in memory only.</summary>
    internal void HoldDamaged(int message)
    {
        for (var slot = First(message); slot != None; slot = Tables.Recipients.Read(slot).Next)
        {
            ref var recipient = ref Tables.Recipients.Write(slot);
            if (recipient.IsFinished) continue;
            Counters.Leave(recipient.State);
            Counters.Enter(RecipientState.Held);
            recipient.State = RecipientState.Held;
            recipient.Set(RecipientFlags.Damaged, true);
        }
    }

    /// <summary>True once for every wait of a recipient: the queue is to be told. Under the gate.</summary>
    internal bool Offer(int slot)
    {
        ref readonly var recipient = ref Tables.Recipients.Read(slot);
        if (recipient.Message == None || !IsWaiting(recipient) || recipient.Has(RecipientFlags.Offered)) return false;
        Tables.Recipients.Write(slot).Set(RecipientFlags.Offered, true);
        return true;
    }

    private int First(int message) => Tables.Messages.Read(message).FirstRecipient;

    private static bool IsWaiting(in RecipientSlot recipient) =>
        recipient.State == RecipientState.Waiting && !recipient.Has(RecipientFlags.Claimed);

    private bool TryClaimHere(int slot)
    {
        ref var recipient = ref Tables.Recipients.Write(slot);
        if (recipient.Message == None || !IsWaiting(recipient)) return false;
        recipient.Set(RecipientFlags.Claimed, true);
        Counters.Claimed++;
        return true;
    }

    private bool CopyBlock(int from, List<QueuedRecipient> block)
    {
        block.Clear();
        lock (Tables.Gate)
        {
            if (from >= Tables.Messages.Count) return false;
            var end = Math.Min(from + Block, Tables.Messages.Count);
            for (var message = from; message < end; message++)
            {
                if (Tables.Messages.Read(message).Unfinished == 0) continue;
                for (var slot = First(message); slot != None; slot = Tables.Recipients.Read(slot).Next)
                {
                    if (!Tables.Recipients.Read(slot).IsFinished) block.Add(Copy(slot));
                }
            }
            return true;
        }
    }

    private QueuedRecipient Copy(int slot)
    {
        ref readonly var recipient = ref Tables.Recipients.Read(slot);
        if (recipient.Message == None) return new QueuedRecipient { Slot = slot, State = RecipientState.Cancelled };
        ref readonly var message = ref Tables.Messages.Read(recipient.Message);
        var state = recipient.Has(RecipientFlags.Claimed) && !recipient.IsFinished
            ? RecipientState.InAttempt
            : recipient.State;
        return new QueuedRecipient(
            slot, message.Id, recipient.Place, recipient.Domain, state, Tables.Clock.Moment(recipient.Due),
            recipient.Attempts, recipient.LastReason)
        {
            Generation = recipient.Generation,
            PossibleDuplicate = recipient.Has(RecipientFlags.PossibleDuplicate),
            IsDamaged = recipient.Has(RecipientFlags.Damaged),
            ExpiresAt = Tables.Clock.Moment(message.ExpiresAt),
            AcceptedAt = Tables.Clock.Moment(message.AcceptedAt),
            Account = Tables.Accounts[message.Account],
            Stream = Tables.Streams[message.Stream],
            Batch = Batches[message.Batch],
            SenderDomain = Tables.Domains[message.SenderDomain],
        };
    }
}

/// <summary>A copy of what the index knows of one recipient.</summary>
/// <param name="Slot">Its place in the index while it is unfinished; slots are reused.</param>
/// <param name="Message">Its message.</param>
/// <param name="Recipient">Its place in the envelope.</param>
/// <param name="Domain">Its domain's id; the name: <c>QueueIndex.DomainName</c>.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Due">When the next attempt is due; resolution 100 ms.</param>
/// <param name="Attempts">Attempts made so far.</param>
/// <param name="LastReason">Why the last attempt was deferred; null before the first.</param>
public readonly record struct QueuedRecipient(
    int Slot, MessageId Message, int Recipient, int Domain, RecipientState State, DateTimeOffset Due, int Attempts,
    DeferralReason? LastReason)
{
    /// <summary>With the slot, names this recipient in this wait: see <see cref="QueueIndex"/>.</summary>
    public uint Generation { get; init; }

    /// <summary>
    /// The last attempt may have delivered it: the process ended in its middle, or the connection broke after the final
    /// dot. The events of the next attempt say so.
    /// </summary>
    public bool PossibleDuplicate { get; init; }

    /// <summary>Held because its message cannot be read from the disk.</summary>
    public bool IsDamaged { get; init; }

    /// <summary>
    /// When its message expires, resolution 100 ms; delivery decides by it without reading the message from disk.
    /// </summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When its message was accepted; resolution 100 ms.</summary>
    public DateTimeOffset AcceptedAt { get; init; }

    /// <summary>The account of its message.</summary>
    public string Account { get; init; } = "";

    /// <summary>The stream of its message.</summary>
    public string Stream { get; init; } = "";

    /// <summary>The batch of its message; null: none.</summary>
    public BatchId? Batch { get; init; }

    /// <summary>The domain of its message's sender; empty for a notice.</summary>
    public string SenderDomain { get; init; } = "";
}

/// <summary>
/// Recipients since the spool was made: accepted = delivered + failed + expired + cancelled + suppressed + waiting, at
/// every moment and after every restart (DESIGN §9.4).
/// </summary>
/// <param name="Accepted">Recipients of accepted messages.</param>
/// <param name="Delivered">Taken by the next host.</param>
/// <param name="Failed">Refused for good.</param>
/// <param name="Expired">Their lifetime was over.</param>
/// <param name="Cancelled">Cancelled.</param>
/// <param name="Suppressed">On a suppression list.</param>
/// <param name="Waiting">Not finished: due now or later, in an attempt, held.</param>
/// <param name="InAttempt">Those of them that an attempt has claimed.</param>
/// <param name="Held">Those of them that are held.</param>
public sealed record Accounting(
    long Accepted, long Delivered, long Failed, long Expired, long Cancelled, long Suppressed, long Waiting,
    long InAttempt, long Held)
{
    /// <summary>Must be 0. Alert on anything else.</summary>
    public long Gap => Accepted - Delivered - Failed - Expired - Cancelled - Suppressed - Waiting;
}

/// <summary>The recipients of one batch that are messages already, and what became of them.</summary>
public sealed record BatchProgress(
    long Accepted, long Delivered, long Failed, long Expired, long Cancelled, long Suppressed)
{
    /// <summary>Those that have not ended.</summary>
    public long Waiting => Accepted - Delivered - Failed - Expired - Cancelled - Suppressed;
}

/// <summary>What waits, in numbers.</summary>
/// <param name="Accounting">By state.</param>
/// <param name="Deferred">Waiting recipients that were attempted before.</param>
/// <param name="OldestAge">Since the oldest unfinished message was accepted; zero when there is none.</param>
/// <param name="ByStream">Unfinished recipients by stream.</param>
/// <param name="ByDomain">Unfinished recipients by domain.</param>
public sealed record QueueSummary(
    Accounting Accounting, int Deferred, TimeSpan OldestAge, IReadOnlyDictionary<string, int> ByStream,
    IReadOnlyDictionary<string, int> ByDomain);
