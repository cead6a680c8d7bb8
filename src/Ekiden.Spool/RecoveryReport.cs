using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Spool;

/// <summary>What opening a journal found.</summary>
public sealed record RecoveryReport
{
    /// <summary>Unfinished messages.</summary>
    public int Messages { get; init; }

    /// <summary>Frames read behind the snapshot.</summary>
    public long Frames { get; init; }

    /// <summary>
    /// Parts of the journal that had been durable and cannot be read any more. Alert on anything but 0.
    /// </summary>
    public int DamagedRanges { get; init; }

    /// <summary>
    /// Messages held because they cannot be read, or because the process ended three times in their attempt.
    /// </summary>
    public int Quarantined { get; init; }

    /// <summary>
    /// Messages with an idempotency key that were accepted behind the snapshot, finished ones too: whether a request
    /// that a crash interrupted was done.
    /// </summary>
    public ImmutableHashSet<MessageId> Keyed { get; init; } = [];

    /// <summary>How long it took.</summary>
    public TimeSpan Took { get; init; }
}
