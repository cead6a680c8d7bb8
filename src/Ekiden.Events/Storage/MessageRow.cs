using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Events.Storage;

/// <summary>What the log keeps of a message, once for each day on which something happens to it.</summary>
internal sealed record MessageRow
{
    public required MessageId Id { get; init; }

    public required string Account { get; init; }

    public required string Stream { get; init; }

    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>Null for the null sender.</summary>
    public string? Sender { get; init; }

    public string? Subject { get; init; }

    public string? TagsJson { get; init; }

    public string? MetadataJson { get; init; }

    public string? Batch { get; init; }

    /// <summary>The addresses, in the order of the envelope.</summary>
    public required ImmutableArray<string> Recipients { get; init; }
}
