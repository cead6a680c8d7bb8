using Ekiden.Mail;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Index;

/// <summary>The memory of the queue index: slots, links between them, names. Knows no rules.</summary>
/// <remarks>Everything is done under <see cref="Gate"/>, which is held for microseconds.</remarks>
internal sealed class IndexTables(DueClock clock)
{
    private const int None = -1;

    private readonly Dictionary<int, ContentLocation> _bodies = [];
    private MessageHash? _hash;
    private int _last = None;
    private int _freeMessage = None;
    private int _freeRecipient = None;

    /// <summary>Guards everything here.</summary>
    public Lock Gate { get; } = new();

    public DueClock Clock { get; } = clock;

    public ChunkedArray<MessageSlot> Messages { get; } = new();

    public ChunkedArray<RecipientSlot> Recipients { get; } = new();

    public NameTable Domains { get; } = new();

    public NameTable Accounts { get; } = new();

    public NameTable Streams { get; } = new();

    /// <summary>Messages in the index.</summary>
    public int MessageCount { get; private set; }

    /// <summary>Recipients in the index, finished ones of unfinished messages included.</summary>
    public int RecipientCount { get; private set; }

    /// <summary>Bytes of all slots and buckets, used or not.</summary>
    public long Bytes => Messages.Bytes + Recipients.Bytes + Hash.Bytes;

    private MessageHash Hash => _hash ??= new MessageHash(Messages);

    /// <summary>The slot of a message; -1 when it is not here.</summary>
    public int Find(MessageId id) => Hash.Find(id);

    /// <summary>Says that so many messages are about to be added.</summary>
    public void Reserve(int messages) => Hash.Reserve(messages);

    /// <summary>
    /// Takes a slot for a message without recipients yet; counts the uses of its account, stream and sender's domain.
    /// </summary>
    public int AddMessage(in MessageSlot message, ContentLocation? body)
    {
        var slot = TakeMessage();
        Messages.Write(slot) = message;
        Accounts.Use(message.Account);
        Streams.Use(message.Stream);
        Domains.Use(message.SenderDomain);
        if (body is { } location) _bodies[slot] = location;
        Hash.Add(slot);
        MessageCount++;
        _last = None;
        return slot;
    }

    /// <summary>Adds the next recipient of the message added last, in the order of its envelope.</summary>
    public int AddRecipient(int message, in RecipientSlot recipient)
    {
        var slot = TakeRecipient();
        ref var taken = ref Recipients.Write(slot);
        var generation = taken.Generation;
        taken = recipient;
        taken.Generation = generation;
        taken.Message = message;
        taken.Place = Messages.Read(message).RecipientCount;
        taken.Next = None;
        taken.Link = QueueIndex.NoLink;
        Domains.Use(recipient.Domain);
        if (_last == None) Messages.Write(message).FirstRecipient = slot;
        else Recipients.Write(_last).Next = slot;
        _last = slot;
        Messages.Write(message).RecipientCount++;
        RecipientCount++;
        return slot;
    }

    /// <summary>Sets all that is known of a recipient but its claim.</summary>
    public void Stand(ref RecipientSlot recipient, in RecipientStanding standing)
    {
        recipient.State = standing.State;
        recipient.Due = Clock.Tick(standing.Due);
        recipient.Attempts = (ushort)Math.Min(standing.Attempts, ushort.MaxValue);
        recipient.Started = standing.Started;
        recipient.LastReason = standing.LastReason;
        recipient.Set(RecipientFlags.PossibleDuplicate, standing.PossibleDuplicate);
    }

    /// <summary>All that is known of a recipient but its claim.</summary>
    public RecipientStanding StandingOf(in RecipientSlot recipient) => new(
        recipient.State, Clock.Moment(recipient.Due), recipient.Attempts, recipient.Started, recipient.LastReason,
        recipient.Has(RecipientFlags.PossibleDuplicate));

    /// <summary>The body of a message in a content segment; null when it is inline.</summary>
    public ContentLocation? BodyOf(int message) =>
        _bodies.TryGetValue(message, out var body) ? body : null;

    /// <summary>All bodies in content segments, by message.</summary>
    public Dictionary<int, ContentLocation> CopyBodies() => new(_bodies);

    /// <summary>
    /// Gives back the slots of a message and its recipients; those that the queue has linked stay until unlinked.
    /// </summary>
    public void Remove(int message)
    {
        Hash.Remove(message);
        ref var slot = ref Messages.Write(message);
        Accounts.Release(slot.Account);
        Streams.Release(slot.Stream);
        Domains.Release(slot.SenderDomain);
        if (_bodies.Count > 0) _bodies.Remove(message);
        for (var recipient = slot.FirstRecipient; recipient != None;)
        {
            var next = Recipients.Read(recipient).Next;
            RemoveRecipient(recipient);
            recipient = next;
        }
        RecipientCount -= slot.RecipientCount;
        slot = new MessageSlot { Next = _freeMessage };
        _freeMessage = message;
        MessageCount--;
    }

    /// <summary>
    /// Sets the queue's own field; a slot whose recipient is gone is given back when the link becomes none.
    /// </summary>
    public void SetLink(int recipient, int link)
    {
        ref var slot = ref Recipients.Write(recipient);
        var wasLinked = slot.Link != QueueIndex.NoLink;
        slot.Link = link;
        if (wasLinked && link == QueueIndex.NoLink && slot.Message == None) FreeRecipient(recipient);
    }

    private void RemoveRecipient(int recipient)
    {
        ref var slot = ref Recipients.Write(recipient);
        Domains.Release(slot.Domain);
        slot.Message = None;
        slot.Generation++;
        if (slot.Link == QueueIndex.NoLink) FreeRecipient(recipient);
    }

    private void FreeRecipient(int recipient)
    {
        Recipients.Write(recipient).Next = _freeRecipient;
        _freeRecipient = recipient;
    }

    private int TakeMessage()
    {
        if (_freeMessage == None) return Messages.Add(default);
        var slot = _freeMessage;
        _freeMessage = Messages.Read(slot).Next;
        return slot;
    }

    private int TakeRecipient()
    {
        if (_freeRecipient == None) return Recipients.Add(new RecipientSlot { Generation = 1 });
        var slot = _freeRecipient;
        ref var recipient = ref Recipients.Write(slot);
        _freeRecipient = recipient.Next;
        recipient = new RecipientSlot { Generation = recipient.Generation + 1 };
        return slot;
    }
}
