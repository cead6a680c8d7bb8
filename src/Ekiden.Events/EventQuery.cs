using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Events;

/// <summary>Which events somebody asks for: every condition that is set must hold.</summary>
public sealed record EventQuery
{
    /// <summary>Any of these types; empty: all.</summary>
    public ImmutableArray<EventType> Types { get; init; } = [];

    /// <summary>The account's id; null: all accounts, for the operator.</summary>
    public string? Account { get; init; }

    /// <summary>The stream.</summary>
    public string? Stream { get; init; }

    /// <summary>The recipient, whatever the case of its letters.</summary>
    public Mailbox? Recipient { get; init; }

    /// <summary>The recipient's domain, in lower case and A-label form.</summary>
    public string? RecipientDomain { get; init; }

    /// <summary>The receiving provider.</summary>
    public string? Provider { get; init; }

    /// <summary>The message.</summary>
    public MessageId? Message { get; init; }

    /// <summary>The batch.</summary>
    public string? Batch { get; init; }

    /// <summary>A tag of the message.</summary>
    public string? Tag { get; init; }

    /// <summary>A value that the message's metadata has under a name.</summary>
    public (string Name, string Value)? Metadata { get; init; }

    /// <summary>The peer's reply code.</summary>
    public int? ReplyCode { get; init; }

    /// <summary>What the failure is about, in the words of api.md §5.</summary>
    public string? Reason { get; init; }

    /// <summary>Not before.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Only events behind this one in the order asked for: the last of the page before.</summary>
    public long? After { get; init; }

    /// <summary>Oldest first; else newest first.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>How many at most; at least 1.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>Some events.</summary>
/// <param name="Events">In the order asked for.</param>
/// <param name="HasMore">There are more behind the last.</param>
public sealed record EventPage(ImmutableArray<EkidenEvent> Events, bool HasMore);
