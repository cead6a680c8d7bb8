using Ekiden.Mail;

namespace Ekiden.Spool.Index;

/// <summary>
/// From the id of a message to its slot, by linear hashing: one bucket is split for every message beyond the number of
/// buckets, so growing never copies and never stops anybody. 8 bytes a message.
/// </summary>
/// <remarks>Not thread-safe. Ids are ours and random in their low half, so nobody can choose them to collide.</remarks>
internal sealed class MessageHash
{
    private const int FirstBuckets = 1024;
    private const int None = -1;

    private readonly ChunkedArray<MessageSlot> _messages;
    private readonly ChunkedArray<int> _heads = new();
    private int _round = FirstBuckets;
    private int _split;
    private int _count;

    public MessageHash(ChunkedArray<MessageSlot> messages)
    {
        _messages = messages;
        for (var i = 0; i < FirstBuckets; i++) _heads.Add(None);
    }

    public long Bytes => _heads.Bytes;

    /// <summary>The slot of a message; -1 when it is not here.</summary>
    public int Find(MessageId id)
    {
        var (high, low) = ((ulong)(id.Value >> 64), (ulong)id.Value);
        var slot = _heads.Read(Bucket(low));
        while (slot != None)
        {
            ref readonly var message = ref _messages.Read(slot);
            if (message.IdLow == low && message.IdHigh == high) return slot;
            slot = message.Next;
        }
        return None;
    }

    /// <summary>Enters a slot under its id, which is not here yet.</summary>
    public void Add(int slot)
    {
        if (++_count > _round + _split) Split();
        Push(Bucket(_messages.Read(slot).IdLow), slot);
    }

    /// <summary>Splits ahead for so many messages: costs little while nothing has to be spread.</summary>
    public void Reserve(int messages)
    {
        while (_round + _split < messages) Split();
    }

    /// <summary>Takes a slot out.</summary>
    public void Remove(int slot)
    {
        var bucket = Bucket(_messages.Read(slot).IdLow);
        var next = _messages.Read(slot).Next;
        _count--;
        if (_heads.Read(bucket) == slot)
        {
            _heads.Write(bucket) = next;
            return;
        }
        var before = _heads.Read(bucket);
        while (_messages.Read(before).Next != slot) before = _messages.Read(before).Next;
        _messages.Write(before).Next = next;
    }

    private int Bucket(ulong low)
    {
        var hash = (int)((low * 0x9E37_79B9_7F4A_7C15) >> 33);
        var bucket = hash & (_round - 1);
        return bucket < _split ? hash & ((_round * 2) - 1) : bucket;
    }

    // The messages of the next bucket are spread over it and a new one.
    private void Split()
    {
        var slot = _heads.Read(_split);
        _heads.Write(_split) = None;
        _heads.Add(None);
        if (++_split == _round) (_round, _split) = (_round * 2, 0);
        while (slot != None)
        {
            var next = _messages.Read(slot).Next;
            Push(Bucket(_messages.Read(slot).IdLow), slot);
            slot = next;
        }
    }

    private void Push(int bucket, int slot)
    {
        _messages.Write(slot).Next = _heads.Read(bucket);
        _heads.Write(bucket) = slot;
    }
}
