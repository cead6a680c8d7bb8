using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Spool;

/// <summary>
/// The promise: what was committed here survives. Holds every fact about every message until the message is finished,
/// and the state of every recipient as a view of those facts.
/// </summary>
/// <remarks>
/// Failures: a disk that is full refuses with <see cref="SpoolFullException"/>, and the server goes on; a disk that
/// fails to write or flush is fatal: every waiter gets <see cref="JournalFailedException"/>, and the process must end
/// (reliability M-R4).
/// </remarks>
public interface IJournal : IAsyncDisposable
{
    /// <summary>The state of every unfinished recipient.</summary>
    QueueIndex Index { get; }

    /// <summary>
    /// Commits facts, all or none, and applies them to <see cref="Index"/> in the order of the journal. Facts committed
    /// together (a failure and the notice about it) survive a crash together.
    /// </summary>
    /// <exception cref="SpoolFullException">No room; only for a commit with an
    /// <see cref="JournalEntry.Accepted"/>.</exception>
    /// <exception cref="JournalFailedException">The disk failed: nothing may be acknowledged any more.</exception>
    ValueTask CommitAsync(ImmutableArray<JournalEntry> entries, Durability durability, CancellationToken cancel);

    /// <summary>
    /// The message as it was accepted, from memory or from disk, its content checked against its CRC; null when it is
    /// finished or in quarantine. The caller disposes it.
    /// </summary>
    ValueTask<StoredMessage?> OpenAsync(MessageId id, CancellationToken cancel);

    /// <summary>
    /// What an unfinished recipient met in its last attempt, read from the log; null before the first, when it has
    /// moved on meanwhile, and when compaction has taken that part of the log: then only the reason is known. Blocks
    /// for the disk.
    /// </summary>
    DeliveryOutcome? LastOutcome(in QueuedRecipient recipient);

    /// <summary>
    /// Starts the content of a message to come. The caller fills it, and commits or disposes it; whether new mail is
    /// welcome it has asked <see cref="RefusesNewMail"/>.
    /// </summary>
    MessageContent NewContent(long expectedSize);

    /// <summary>
    /// Null while new mail may be accepted; else why not, in a few words for the log and <c>/readyz</c>.
    /// </summary>
    string? RefusesNewMail(long expectedSize);

    /// <summary>Completes (with the cause) when the journal has failed for good and the process must end.</summary>
    Task<Exception> Failure { get; }
}

/// <summary>The spool has no room: refuse with <c>452 4.3.1</c> or HTTP 507, and go on.</summary>
public sealed class SpoolFullException(string message) : Exception(message);

/// <summary>
/// A write or flush of the journal failed: acknowledge nothing, end the process, verify at the restart.
/// </summary>
public sealed class JournalFailedException(string message, Exception? inner = null) : Exception(message, inner);
