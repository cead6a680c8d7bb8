using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Records;

/// <summary>
/// What one entry of a frame says: the facts of <see cref="JournalEntry"/>, and what compaction needs.
/// </summary>
internal abstract record SpoolRecord
{
    private SpoolRecord() { } // closed: every case is below

    /// <summary>A message was taken.</summary>
    public sealed record Accepted(AcceptedMessage Message, StoredContent Content) : SpoolRecord;

    /// <summary>Anything that happened to a message afterwards; never a <see cref="JournalEntry.Accepted"/>.</summary>
    public sealed record Fact(JournalEntry Entry) : SpoolRecord;

    /// <summary>
    /// A live message, copied here from a segment about to go, with the state of its recipients at this point of the
    /// journal. Replaces everything said about it before.
    /// </summary>
    public sealed record Carried(AcceptedMessage Message, StoredContent Content,
        ImmutableArray<RecipientStanding> Recipients)
        : SpoolRecord;

    /// <summary>
    /// The state of a live message's recipients at this point of the journal: replaces the facts in a segment about to
    /// go, while the message itself stays in an older one.
    /// </summary>
    public sealed record Standing(MessageId Message, ImmutableArray<RecipientStanding> Recipients) : SpoolRecord;

    /// <summary>
    /// Recipients of finished messages that ended in a segment about to go, while the message itself is still readable
    /// in an older one: without this it would come back at the next replay.
    /// </summary>
    public sealed record Ended(MessageId Message, ImmutableArray<EndedRecipient> Recipients) : SpoolRecord;

    /// <summary>
    /// These segments go now; the totals hold everything that was counted in them and in all gone before.
    /// </summary>
    public sealed record Dropped(
        ImmutableArray<int> Segments, Totals Totals, ImmutableArray<BatchTally> Batches) : SpoolRecord;
}

/// <summary>
/// Where the content of a record is: the bytes inline, then the body in a content segment, either may be empty.
/// </summary>
/// <param name="InlineOffset">Where the inline bytes start in the frame's payload.</param>
/// <param name="InlineLength">How many there are; for a body on disk these are the header fields put in front.</param>
/// <param name="InlineCrc">CRC32C of the inline bytes.</param>
/// <param name="Body">The rest, in a content segment; null when everything is inline.</param>
internal readonly record struct StoredContent(int InlineOffset, int InlineLength, uint InlineCrc, ContentLocation? Body)
{
    /// <summary>Bytes altogether.</summary>
    public long Length => InlineLength + (Body?.Length ?? 0);
}

/// <summary>Where a recipient of an unfinished message stands, as compaction and snapshot carry it.</summary>
/// <param name="State">Never <see cref="RecipientState.InAttempt"/>: a claim is not a fact.</param>
/// <param name="Due">When the next attempt is due.</param>
/// <param name="Attempts">Attempts that ended.</param>
/// <param name="Started">Attempts that started since the last one that ended.</param>
/// <param name="LastReason">Why the last attempt was deferred.</param>
/// <param name="PossibleDuplicate">The last attempt may have delivered it.</param>
internal readonly record struct RecipientStanding(
    RecipientState State, DateTimeOffset Due, int Attempts, byte Started, DeferralReason? LastReason,
    bool PossibleDuplicate);

/// <summary>What was counted of one batch in segments that are gone.</summary>
internal readonly record struct BatchTally(BatchId Id, Totals Totals);

/// <summary>A recipient, by its place in the envelope, and how it ended.</summary>
internal readonly record struct EndedRecipient(int Place, RecipientState State);

/// <summary>Recipients counted since the spool was made: DESIGN §9.4 without those that still wait.</summary>
internal readonly record struct Totals(
    long Accepted, long Delivered, long Failed, long Expired, long Cancelled, long Suppressed)
{
    /// <summary>All that ended.</summary>
    public long Ended => Delivered + Failed + Expired + Cancelled + Suppressed;

    public static Totals operator +(Totals left, Totals right) => new(
        left.Accepted + right.Accepted, left.Delivered + right.Delivered, left.Failed + right.Failed,
        left.Expired + right.Expired, left.Cancelled + right.Cancelled, left.Suppressed + right.Suppressed);

    public static Totals operator -(Totals left, Totals right) => new(
        left.Accepted - right.Accepted, left.Delivered - right.Delivered, left.Failed - right.Failed,
        left.Expired - right.Expired, left.Cancelled - right.Cancelled, left.Suppressed - right.Suppressed);

    /// <summary>One recipient that ended so.</summary>
    public static Totals Of(RecipientState state) => state switch
    {
        RecipientState.Delivered => new Totals { Delivered = 1 },
        RecipientState.Failed => new Totals { Failed = 1 },
        RecipientState.Expired => new Totals { Expired = 1 },
        RecipientState.Cancelled => new Totals { Cancelled = 1 },
        RecipientState.Suppressed => new Totals { Suppressed = 1 },
        _ => default,
    };
}
