using Ekiden.Mail;

namespace Ekiden.Spool.Content;

/// <summary>
/// Messages just accepted, with their content, until their first attempt has ended: it needs no disk read. The oldest
/// go first when the budget is used up.
/// </summary>
internal sealed class FreshMessages(ContentMemory memory, long limit)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<MessageId, Entry> _entries = [];
    private readonly Queue<MessageId> _order = new();
    private long _bytes;

    /// <summary>Bytes of content held.</summary>
    public long Bytes { get { lock (_gate) return _bytes; } }

    /// <summary>Keeps a message; takes over the caller's reference to its content.</summary>
    public void Add(AcceptedMessage message, ContentBuffer content)
    {
        lock (_gate)
        {
            _entries.Add(message.Id, new Entry(message, content));
            _order.Enqueue(message.Id);
            _bytes += content.Held;
            while ((_bytes > limit || memory.IsShort) && _order.TryDequeue(out var oldest)) Forget(oldest);
            // Ids of messages forgotten long ago are still in the order: cleared when they are most of it.
            if (_order.Count > 1024 && _order.Count > 4 * _entries.Count) Tidy();
        }
    }

    /// <summary>A message and one more reference to its content; false when it is not here.</summary>
    public bool TryOpen(MessageId id, out AcceptedMessage? message, out ContentBuffer? content)
    {
        lock (_gate)
        {
            var found = _entries.TryGetValue(id, out var entry);
            if (found) entry.Content.Retain();
            (message, content) = (entry.Message, entry.Content);
            return found;
        }
    }

    /// <summary>Lets a message go, if it is here.</summary>
    public void Remove(MessageId id)
    {
        lock (_gate) Forget(id);
    }

    private void Forget(MessageId id)
    {
        if (!_entries.Remove(id, out var entry)) return;
        _bytes -= entry.Content.Held;
        entry.Content.Release();
    }

    private void Tidy()
    {
        for (var count = _order.Count; count > 0; count--)
        {
            var id = _order.Dequeue();
            if (_entries.ContainsKey(id)) _order.Enqueue(id);
        }
    }

    private readonly record struct Entry(AcceptedMessage Message, ContentBuffer Content);
}
