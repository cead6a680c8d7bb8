using System.Diagnostics.CodeAnalysis;
using Ekiden.Events.Storage;
using Ekiden.Mail;

namespace Ekiden.Events.Projection;

/// <summary>
/// The messages in flight, so that an attempt needs no search for what its message says; those that were forgotten are
/// found in the files again.
/// </summary>
internal sealed class KnownMessages(EventFiles files)
{
    // Recipients of all messages together.
    private const int MostRecipients = 100_000;

    private readonly Dictionary<MessageId, KnownMessage> _messages = [];
    private readonly Queue<MessageId> _order = new();
    private int _recipients;

    /// <summary>Remembers a message.</summary>
    public KnownMessage Add(MessageRow row)
    {
        var known = new KnownMessage(row);
        if (!_messages.TryAdd(row.Id, known)) return _messages[row.Id];
        _order.Enqueue(row.Id);
        _recipients += row.Recipients.Length;
        while (_recipients > MostRecipients && _order.TryDequeue(out var oldest))
        {
            if (oldest != row.Id) Forget(oldest);
        }
        return known;
    }

    /// <summary>The message; null when nothing is known of it any more.</summary>
    public KnownMessage? Find(MessageId id)
    {
        if (_messages.TryGetValue(id, out var known)) return known;
        return TryLoad(id, out var row) ? Add(row) : null;
    }

    /// <summary>Recipients have ended; a message without others is forgotten.</summary>
    public void End(KnownMessage message, int recipients)
    {
        message.Unfinished -= recipients;
        if (message.Unfinished <= 0) Forget(message.Row.Id);
    }

    /// <summary>Forgets everything, after a transaction was given up.</summary>
    public void Clear()
    {
        _messages.Clear();
        _order.Clear();
        _recipients = 0;
    }

    private void Forget(MessageId id)
    {
        if (_messages.Remove(id, out var gone)) _recipients -= gone.Row.Recipients.Length;
        // The order may hold ids of messages that ended before it was their turn: not without end.
        if (_order.Count > MostRecipients && _messages.Count < MostRecipients / 2) Compact();
    }

    private void Compact()
    {
        var left = _order.Where(_messages.ContainsKey).ToArray();
        _order.Clear();
        foreach (var id in left) _order.Enqueue(id);
    }

    private bool TryLoad(MessageId id, [NotNullWhen(true)] out MessageRow? row)
    {
        row = null;
        // First the day on which it was accepted, which its id says: only there are all of its recipients for certain.
        var accepted = DateOnly.FromDateTime(id.CreatedAt.UtcDateTime);
        foreach (var day in files.Days.Reverse().OrderByDescending(day => day == accepted))
        {
            using var connection = EventFiles.OpenToRead(files.PathOf(day));
            row = MessageReader.Find(connection, id);
            if (row is not null) return true;
        }
        return false;
    }
}
