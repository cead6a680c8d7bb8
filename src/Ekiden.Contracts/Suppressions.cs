namespace Ekiden.Contracts;

/// <summary>PUT /v1/suppressions: one entry of the array, or the body alone.</summary>
public sealed record SuppressionRequest
{
    /// <summary>The address.</summary>
    public required string Email { get; init; }

    /// <summary><c>hard_bounce, soft_bounce, complaint, unsubscribe, manual</c>; null is <c>manual</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>Only mail of this stream; null: of all.</summary>
    public string? Stream { get; init; }

    /// <summary>Only mail of this list; null: any.</summary>
    public string? ListId { get; init; }

    /// <summary>Why, in words.</summary>
    public string? Reason { get; init; }

    /// <summary>When it began; null: now.</summary>
    public DateTimeOffset? FirstAt { get; init; }

    /// <summary>When it is over; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>An address that must not be mailed: api.md §3.</summary>
public sealed record SuppressionResponse(
    string Email, string Kind, SuppressionScopeResponse Scope, string Source, SuppressionReasonResponse Reason,
    int ErrorCount, DateTimeOffset FirstAt, DateTimeOffset LastAt, DateTimeOffset? ExpiresAt, string CreatedBy);

/// <summary>Whose mail an entry holds back; no account: everybody's.</summary>
public sealed record SuppressionScopeResponse(string? Account, string? Stream, string? ListId);

/// <summary>What led to an entry.</summary>
public sealed record SuppressionReasonResponse(int? Code, string? Enhanced, string? Text);

/// <summary>How many entries a request added or removed, and which lines of an import were not read.</summary>
public sealed record SuppressionChangeResponse(
    int Added, int Removed, int Rejected, IReadOnlyList<ProblemError> Errors);

/// <summary>POST /v1/suppressions/undo: bounces of a provider's bad day.</summary>
public sealed record UndoSuppressionsRequest
{
    /// <summary>Who received for the addresses.</summary>
    public required string Provider { get; init; }

    /// <summary>Said last at this time or later.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Said last before this time.</summary>
    public required DateTimeOffset To { get; init; }
}
