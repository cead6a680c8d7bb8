using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Spool;

/// <summary>
/// One fact about one message. The journal holds nothing else; queue, events and statistics are views of it.
/// </summary>
public abstract record JournalEntry
{
    private JournalEntry() { } // closed: every case is below

    /// <summary>A message was taken: from here on it is ours. Carries the content, which is stored once.</summary>
    public sealed record Accepted(AcceptedMessage Message, MessageContent Content) : JournalEntry;

    /// <summary>
    /// An attempt is about to send MAIL for these recipients. Survives a crash of the process: not flushed.
    /// </summary>
    public sealed record AttemptStarted(
        MessageId Message, ImmutableArray<int> Recipients, DateTimeOffset At, string Host) : JournalEntry;

    /// <summary>An attempt ended: one result for each of its recipients.</summary>
    public sealed record Attempted(
        MessageId Message, DateTimeOffset At, AttemptDetails Details, ImmutableArray<RecipientResult> Results)
            : JournalEntry;

    /// <summary>
    /// An operator, or a rule, changed the state of waiting recipients: hold, release, retry now, cancel.
    /// </summary>
    /// <param name="Message">Whose recipients.</param>
    /// <param name="At">When.</param>
    /// <param name="Change">What is done to them.</param>
    /// <param name="Recipients">Places in the envelope.</param>
    /// <param name="Due">With <see cref="QueueChange.Reschedule"/> and <see cref="QueueChange.Release"/>: when they are
    /// due.</param>
    /// <param name="By">Who asked, for the audit: an actor, or the name of the rule.</param>
    public sealed record Changed(
        MessageId Message, DateTimeOffset At, QueueChange Change, ImmutableArray<int> Recipients,
        DateTimeOffset Due, string By) : JournalEntry;
}

/// <summary>How an attempt went, for events and logs; empty text where a step was not reached.</summary>
/// <param name="Host">The host name of the peer.</param>
/// <param name="HostAddress">Its address.</param>
/// <param name="SourceAddress">Our address.</param>
/// <param name="Tls">The protocol, such as <c>TLSv1.3</c>; empty for clear text.</param>
/// <param name="TlsVerified">The certificate verified for the host's name.</param>
/// <param name="Phase">Where it ended: connect, tls, ehlo, mail, rcpt, data, eom.</param>
/// <param name="Duration">From the claim of the recipients to the result.</param>
public sealed record AttemptDetails(
    string Host, string HostAddress, string SourceAddress, string Tls, bool TlsVerified, string Phase,
    TimeSpan Duration);

/// <summary>What an attempt meant for one recipient.</summary>
/// <param name="Recipient">Its place in the envelope.</param>
/// <param name="Outcome">Exactly one.</param>
/// <param name="NextAttempt">With <see cref="DeliveryOutcome.Deferred"/>: when it is due again; ignored
/// otherwise.</param>
/// <param name="Attempts">Attempts made so far, this one included.</param>
public sealed record RecipientResult(int Recipient, DeliveryOutcome Outcome, DateTimeOffset NextAttempt, int Attempts);

/// <summary>What an operator or a rule does to waiting recipients.</summary>
public enum QueueChange : byte
{
    /// <summary>They stay until released.</summary>
    Hold,

    /// <summary>Held ones wait again.</summary>
    Release,

    /// <summary>They become due at another time.</summary>
    Reschedule,

    /// <summary>They end as cancelled; nobody is told by mail.</summary>
    Cancel,

    /// <summary>They end as suppressed; nobody is told by mail.</summary>
    Suppress,
}

/// <summary>
/// Where one recipient stands. A recipient is waiting, in an attempt, held, or finished: exactly one.
/// </summary>
public enum RecipientState : byte
{
    /// <summary>In the queue, due now or later.</summary>
    Waiting,

    /// <summary>Claimed by an attempt.</summary>
    InAttempt,

    /// <summary>Kept back until released.</summary>
    Held,

    /// <summary>Finished: the next host took it.</summary>
    Delivered,

    /// <summary>Finished: refused for good.</summary>
    Failed,

    /// <summary>Finished: its lifetime is over.</summary>
    Expired,

    /// <summary>Finished: cancelled.</summary>
    Cancelled,

    /// <summary>Finished: on a suppression list.</summary>
    Suppressed,
}

/// <summary>When a commit is complete.</summary>
public enum Durability : byte
{
    /// <summary>On stable storage, data and directory: 250 and 202 wait for this.</summary>
    Flushed,

    /// <summary>Handed to the operating system; flushed with the next flush, at most 20 ms later.</summary>
    Soon,

    /// <summary>
    /// Handed to the operating system: survives the death of the process, not of the machine. Causes no flush.
    /// </summary>
    Written,
}
