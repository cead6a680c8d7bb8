using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Delivery.Attempts;

/// <summary>
/// The signatures of messages to several recipients, kept for some minutes: all of them get the same, and it is
/// computed once (DESIGN §11). Thread-safe.
/// </summary>
internal sealed class SignatureMemory(IMessageSigner signer, TimeProvider clock)
{
    /// <summary>How long a signature is used again.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Messages at most, some 20 MB; the oldest are signed anew when they come again.</summary>
    public const int Capacity = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<MessageId, ReadOnlyMemory<byte>> _fields = [];
    private readonly Queue<(MessageId Message, long SignedAt)> _oldestFirst = [];

    /// <inheritdoc cref="IMessageSigner.Sign"/>
    public ReadOnlyMemory<byte> Sign(AcceptedMessage message, MessageContent content)
    {
        if (message.Envelope.Recipients.Length == 1) return signer.Sign(message, content);
        lock (_gate)
        {
            ForgetOld();
            if (_fields.TryGetValue(message.Id, out var known)) return known;
        }
        var fields = signer.Sign(message, content);
        lock (_gate)
        {
            // Two workers may have signed at the same moment: the first signature stays.
            if (!_fields.TryAdd(message.Id, fields)) return _fields[message.Id];
            _oldestFirst.Enqueue((message.Id, clock.GetTimestamp()));
            if (_oldestFirst.Count > Capacity) _fields.Remove(_oldestFirst.Dequeue().Message);
        }
        return fields;
    }

    private void ForgetOld()
    {
        while (_oldestFirst.TryPeek(out var oldest) && clock.GetElapsedTime(oldest.SignedAt) >= Lifetime)
            _fields.Remove(_oldestFirst.Dequeue().Message);
    }
}
