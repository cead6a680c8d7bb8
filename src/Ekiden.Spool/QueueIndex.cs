using Ekiden.Mail;

namespace Ekiden.Spool;

/// <summary>
/// The state of every unfinished recipient, in arrays of structs without references: a view of the journal, changed only
/// by applying entries in the journal's order.
/// </summary>
/// <remarks>Thread-safe: short critical sections. At most 160 bytes per waiting recipient, target 96.</remarks>
public sealed class QueueIndex
{
    private readonly List<QueuedRecipient> _recipients = [];
    private readonly List<string> _domains = [];

    /// <summary>What the index knows of one recipient.</summary>
    public QueuedRecipient Get(int slot) => _recipients[slot];

    /// <summary>
    /// Claims a waiting recipient for an attempt. False when it is not waiting any more (cancelled, held, claimed).
    /// A claim lives in memory only: after a crash the recipient waits again.
    /// </summary>
    public bool TryClaim(int slot) => _recipients[slot].State == RecipientState.Waiting;

    /// <summary>Gives a claim back without an attempt (shutdown, lost slot): the recipient waits again.</summary>
    public void Unclaim(int slot) => _recipients[slot] = Get(slot) with { State = RecipientState.Waiting };

    /// <summary>The domain with this id, in lower case and A-label form; the same object every time.</summary>
    public string DomainName(int domain) => _domains[domain];

    /// <summary>
    /// Adds the slots of a message's unfinished recipients to <paramref name="slots"/>, in the order of its envelope: delivery
    /// sends one message once to all recipients that go the same way.
    /// </summary>
    public void FindSlots(MessageId message, List<int> slots)
    {
        foreach (var recipient in _recipients)
        {
            if (recipient.Message == message && recipient.State < RecipientState.Delivered) slots.Add(recipient.Slot);
        }
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
    /// <summary>When its message expires; delivery decides by it without reading the message from disk.</summary>
    public DateTimeOffset ExpiresAt { get; init; }
}
