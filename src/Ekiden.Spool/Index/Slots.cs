using System.Runtime.InteropServices;
using Ekiden.Mail;

namespace Ekiden.Spool.Index;

/// <summary>What the index holds of an unfinished message: 76 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct MessageSlot
{
    /// <summary>The id, in halves: whole it would be aligned to 16 bytes. Both 0: the slot is free.</summary>
    public ulong IdHigh;
    public ulong IdLow;

    /// <summary>Its home: the entry that holds envelope and content.</summary>
    public EntryLocation Home;

    /// <summary>The first of its recipients; the others follow by <see cref="RecipientSlot.Next"/>.</summary>
    public int FirstRecipient;

    /// <summary>How many recipients its envelope has.</summary>
    public int RecipientCount;

    /// <summary>How many of them are unfinished.</summary>
    public int Unfinished;

    /// <summary>The next message of the same bucket; of a free slot, the next free one. -1: none.</summary>
    public int Next;

    /// <summary>The account, by its number in the name table.</summary>
    public int Account;

    /// <summary>The domain of its sender, by its number in the name table of domains.</summary>
    public int SenderDomain;

    /// <summary>When it was accepted, in ticks of <see cref="DueClock"/>.</summary>
    public uint AcceptedAt;

    /// <summary>When it expires, in the same ticks.</summary>
    public uint ExpiresAt;

    /// <summary>The batch, by its number in <see cref="BatchTallies"/>; 0: none.</summary>
    public int Batch;

    /// <summary>The stream, by its number in the name table.</summary>
    public ushort Stream;

    /// <summary>Facts about it that are on their way into the log, or <see cref="Alone"/>.</summary>
    public ushort Pending;

    /// <summary>In <see cref="Pending"/>: something is on its way that nothing else about it may overtake.</summary>
    public const ushort Alone = ushort.MaxValue;

    public MessageId Id
    {
        readonly get => new(new UInt128(IdHigh, IdLow));
        set => (IdHigh, IdLow) = ((ulong)(value.Value >> 64), (ulong)value.Value);
    }
}

/// <summary>What the index holds of a recipient of an unfinished message: 40 bytes.</summary>
internal struct RecipientSlot
{
    /// <summary>Its message; -1 when the slot is free, or only kept until a holder lets go.</summary>
    public int Message;

    /// <summary>Its place in the envelope.</summary>
    public int Place;

    /// <summary>Its domain, by its number in the name table.</summary>
    public int Domain;

    /// <summary>When it is due, in ticks of <see cref="DueClock"/>.</summary>
    public uint Due;

    /// <summary>The next recipient of the message; of a free slot, the next free one. -1: none.</summary>
    public int Next;

    /// <summary>The queue's own.</summary>
    public int Link;

    /// <summary>Grows whenever it begins to wait, and whenever the slot is given to another recipient.</summary>
    public uint Generation;

    /// <summary>The segment of the log that has its last result; 0: none has.</summary>
    public int ResultSegment;

    /// <summary>Where the frame with that result begins in the segment.</summary>
    public int ResultOffset;

    /// <summary>Attempts that ended.</summary>
    public ushort Attempts;

    /// <summary>Three bits of state, then <see cref="RecipientFlags"/>.</summary>
    public byte StateAndFlags;

    /// <summary>The last reason plus one in the low half, attempts begun since the last result in the high.</summary>
    public byte ReasonAndStarted;

    /// <summary>
    /// Where it stands by the journal: a claim is not in it, so never <see cref="RecipientState.InAttempt"/>.
    /// </summary>
    public RecipientState State
    {
        readonly get => (RecipientState)(StateAndFlags & 7);
        set => StateAndFlags = (byte)((StateAndFlags & ~7) | (byte)value);
    }

    public RecipientFlags Flags
    {
        readonly get => (RecipientFlags)(StateAndFlags & ~7);
        set => StateAndFlags = (byte)((StateAndFlags & 7) | (byte)value);
    }

    public DeferralReason? LastReason
    {
        readonly get => (ReasonAndStarted & 15) is var reason and not 0 ? (DeferralReason)(reason - 1) : null;
        set => ReasonAndStarted = (byte)((ReasonAndStarted & 0xF0) | (value is { } reason ? (byte)reason + 1 : 0));
    }

    /// <summary>At most 15.</summary>
    public byte Started
    {
        readonly get => (byte)(ReasonAndStarted >> 4);
        set => ReasonAndStarted = (byte)((ReasonAndStarted & 15) | (Math.Min(value, (byte)15) << 4));
    }

    /// <summary>It has ended.</summary>
    public readonly bool IsFinished => State >= RecipientState.Delivered;

    public void Set(RecipientFlags flag, bool on) => Flags = on ? Flags | flag : Flags & ~flag;

    public readonly bool Has(RecipientFlags flag) => (Flags & flag) != 0;
}

/// <summary>What else is true of a recipient; the low three bits belong to its state.</summary>
[Flags]
internal enum RecipientFlags : byte
{
    None = 0,

    /// <summary>Somebody attempts it, or is about to: lives in memory only.</summary>
    Claimed = 8,

    /// <summary>The last attempt may have delivered it, and we do not know.</summary>
    PossibleDuplicate = 16,

    /// <summary>The queue has been told that it waits: lives in memory only.</summary>
    Offered = 32,

    /// <summary>Its message cannot be read: kept back until an operator decides. Lives in memory only.</summary>
    Damaged = 64,
}

/// <summary>Where an entry is in the log: 20 bytes.</summary>
/// <param name="Segment">The id of the segment.</param>
/// <param name="FrameOffset">Where its frame begins in the segment.</param>
/// <param name="FrameLength">Bytes of the frame's payload.</param>
/// <param name="Offset">Where the entry begins in the payload.</param>
/// <param name="Length">Bytes of the entry.</param>
internal readonly record struct EntryLocation(int Segment, int FrameOffset, int FrameLength, int Offset, int Length)
{
    /// <summary>Its frame.</summary>
    public Segments.FrameLocation Frame => new(Segment, FrameOffset, FrameLength);

    public static EntryLocation Of(Segments.FrameLocation frame, int offset, int length) =>
        new(checked((int)frame.Segment), frame.Offset, frame.Length, offset, length);
}
