using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Submission;

/// <summary>A message at the door: whole, but not yet ours.</summary>
/// <param name="Client">Who brings it.</param>
/// <param name="Envelope">From whom, to whom.</param>
/// <param name="Body">The content as it was received.</param>
public sealed record IncomingMessage(MailClient Client, Envelope Envelope, ReceivedContent Body)
{
    /// <summary>The stream it asks for; null leaves the choice to Intake.</summary>
    public string? Stream { get; init; }

    /// <summary>Labels for statistics.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>The sender's own words, returned in every event.</summary>
    public ImmutableDictionary<string, string> Metadata { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Lifetime; null: the stream's, or the server's.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>
    /// The first attempt is not made before; null, or in the past: at once. The lifetime begins then.
    /// </summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>The id it is to have; null: a new one.</summary>
    public MessageId? Id { get; init; }

    /// <summary>What makes a repeated request the same; null: nothing does.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The batch it belongs to; null: none.</summary>
    public BatchId? Batch { get; init; }

    /// <summary>Everything is checked, stored and reported, and nothing leaves.</summary>
    public bool IsSimulated { get; init; }
}

/// <summary>What Intake decided.</summary>
public abstract record IntakeResult
{
    private IntakeResult() { } // closed: every case is below

    /// <summary>The message is on stable storage, and ours.</summary>
    public sealed record Accepted(MessageId Id, string Stream) : IntakeResult
    {
        /// <summary>When it is due, where that is later than now.</summary>
        public DateTimeOffset? NotBefore { get; init; }
    }

    /// <summary>It was not taken; nothing is kept.</summary>
    public sealed record Refused(Refusal Refusal) : IntakeResult;
}

/// <summary>Why something is not taken: in SMTP's words and in the API's.</summary>
/// <param name="Reply">For an SMTP client.</param>
/// <param name="Code">The problem code for an HTTP client: api.md §1.</param>
public sealed record Refusal(SmtpReply Reply, string Code)
{
    internal static Refusal Of(int code, string status, string text, string problem) =>
        new(SmtpReply.Of(code, status, text), problem);
}

/// <summary>A message that has passed every step but the commit.</summary>
/// <param name="Message">What is known of it.</param>
/// <param name="Entries">What is committed, together.</param>
/// <param name="Session">The session or request in logs.</param>
public sealed record PreparedMessage(AcceptedMessage Message, ImmutableArray<JournalEntry> Entries, string Session);
