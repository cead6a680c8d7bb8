using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Spool;

/// <summary>Everything known of a message when it was accepted, except its content; never changes afterwards.</summary>
public sealed record AcceptedMessage
{
    /// <summary>Its name everywhere.</summary>
    public required MessageId Id { get; init; }

    /// <summary>When it was accepted, by the wall clock.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>Sender, recipients and their options.</summary>
    public required Envelope Envelope { get; init; }

    /// <summary>By which door it came in.</summary>
    public required MessageOrigin Origin { get; init; }

    /// <summary>The account it belongs to: an account id, or a listener's <c>account</c>.</summary>
    public required string Account { get; init; }

    /// <summary>The stream it travels in, such as <c>transactional</c>.</summary>
    public required string Stream { get; init; }

    /// <summary>When its recipients expire, unless delivered before; after one last attempt.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The first attempt is not made before; null is at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>
    /// The reverse-path used on the wire where it differs from the envelope's sender; null: the envelope's.
    /// </summary>
    public Mailbox? ReturnPath { get; init; }

    /// <summary>Labels for statistics; at most 10.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>The sender's own words about the message, returned in every event.</summary>
    public ImmutableDictionary<string, string> Metadata { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The key that makes a repeated request the same message; null when none was given.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// SHA-256 of the body in DKIM's relaxed form (RFC 6376 §3.4.4), computed while it was received; empty when not.
    /// </summary>
    public ImmutableArray<byte> RelaxedBodyHash { get; init; } = [];

    /// <summary>The batch it is part of; null: none.</summary>
    public BatchId? Batch { get; init; }

    /// <summary>For a notice (RFC 3464): the message it is about; null otherwise.</summary>
    public MessageId? NoticeAbout { get; init; }
}

/// <summary>By which door a message came in; decides about completion, notices and backscatter (DESIGN §11).</summary>
public enum MessageOrigin : byte
{
    /// <summary>A submission listener, signed in.</summary>
    Submission,

    /// <summary>A relay listener, from a listed network.</summary>
    Relay,

    /// <summary>An inbound listener: from outside, for our own domains.</summary>
    Inbound,

    /// <summary>The HTTP API.</summary>
    Api,

    /// <summary>A notice made by Ekiden itself: RFC 3464.</summary>
    Notice,
}
