using System.Text.Json.Serialization;

namespace Ekiden.Contracts;

/// <summary>GET /v1/messages/{id}: a message that is not finished yet, and why it waits.</summary>
public sealed record MessageResponse(
    string Id, string Account, string Stream, string? From, DateTimeOffset AcceptedAt, DateTimeOffset ExpiresAt,
    IReadOnlyList<QueuedRecipientResponse> Recipients)
{
    /// <summary><c>bat_…</c> of a message of a batch; absent for others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BatchId { get; init; }

    /// <summary>When it is to be sent, where that was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>Its labels.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>The sender's own words.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>One recipient in the queue.</summary>
public sealed record QueuedRecipientResponse
{
    /// <summary><c>rcp_…</c></summary>
    public required string Id { get; init; }

    /// <summary><c>msg_…</c></summary>
    public required string MessageId { get; init; }

    /// <summary>The address.</summary>
    public required string Recipient { get; init; }

    /// <summary>Its domain.</summary>
    public required string Domain { get; init; }

    /// <summary><c>waiting, active, deferred, held</c>, or how it ended: <c>delivered, failed, expired, cancelled,
    /// suppressed</c>.</summary>
    public required string State { get; init; }

    /// <summary>When the next attempt is due.</summary>
    public required DateTimeOffset Due { get; init; }

    /// <summary>Attempts made so far.</summary>
    public required int Attempts { get; init; }

    /// <summary>Why the last attempt was deferred; null before the first.</summary>
    public string? LastReason { get; init; }

    /// <summary>The peer's last words; null when none are known.</summary>
    public string? LastReply { get; init; }

    /// <summary>Whose mail it is.</summary>
    public required string Account { get; init; }

    /// <summary>The stream it travels in.</summary>
    public required string Stream { get; init; }

    /// <summary>Since it was accepted.</summary>
    public required long AgeSeconds { get; init; }

    /// <summary>Why it waits, in one message's answer; null in lists.</summary>
    public WaitResponse? Wait { get; init; }
}

/// <summary>GET /v1/queue/summary: DESIGN §9.1. <see cref="Waiting"/> counts every recipient not finished.</summary>
public sealed record QueueSummary(
    long Waiting, long Active, long Deferred, long Held, long OldestSeconds,
    IReadOnlyDictionary<string, long> ByStream, IReadOnlyDictionary<string, long> ByProvider);

/// <summary>
/// Which recipients a queue command is about; fields that are null do not restrict. None set and not all: an error.
/// </summary>
public sealed record QueueFilter
{
    /// <summary>Every recipient in the queue.</summary>
    public bool All { get; init; }

    /// <summary>A message id.</summary>
    public string? Id { get; init; }

    /// <summary>An account's name or id.</summary>
    public string? Account { get; init; }

    /// <summary>A stream.</summary>
    public string? Stream { get; init; }

    /// <summary>A recipient domain.</summary>
    public string? Domain { get; init; }

    /// <summary>A recipient's address.</summary>
    public string? Recipient { get; init; }

    /// <summary>Accepted longer ago than this.</summary>
    public long? OlderThanSeconds { get; init; }

    /// <summary>Deferred for this reason.</summary>
    public string? Reason { get; init; }
}

/// <summary>POST /v1/queue/retry, cancel, hold, release.</summary>
public sealed record QueueChangeRequest
{
    /// <summary>Which recipients.</summary>
    public required QueueFilter Filter { get; init; }

    /// <summary>Only count them.</summary>
    public bool DryRun { get; init; }
}

/// <summary>How many recipients a queue command matched and changed (0 in a dry run).</summary>
public sealed record QueueChangeResponse(long Matched, long Changed, bool DryRun);

/// <summary>A page of a longer list.</summary>
public sealed record Page<T>(
    [property: JsonPropertyName("data")] IReadOnlyList<T> Data, string? NextCursor, bool HasMore);
