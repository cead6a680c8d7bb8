namespace Ekiden.Directory.Suppressions;

/// <summary>One reason why an address must not be mailed: api.md §3.</summary>
public sealed record Suppression
{
    /// <summary>The address in the form of <see cref="Mail.Mailbox.SuppressionKey"/>.</summary>
    public required string Email { get; init; }

    /// <summary>The account whose mail it holds back; empty: everybody's on this installation.</summary>
    public required string Account { get; init; }

    /// <summary>Only mail of this stream; null: of all.</summary>
    public string? Stream { get; init; }

    /// <summary>Only mail of this list; null: any.</summary>
    public string? ListId { get; init; }

    /// <summary>Why.</summary>
    public required SuppressionKind Kind { get; init; }

    /// <summary>
    /// Where it came from: <c>api</c>, <c>import</c>, <c>smtp</c>, <c>dsn</c>, <c>arf</c>, <c>link</c>.
    /// </summary>
    public required string Source { get; init; }

    /// <summary>The reply code that led to it; null without one.</summary>
    public int? ReasonCode { get; init; }

    /// <summary>The enhanced status that led to it.</summary>
    public string? ReasonEnhanced { get; init; }

    /// <summary>The words of whoever said so.</summary>
    public string? ReasonText { get; init; }

    /// <summary>Who received for the address, so that a provider's bad day can be undone.</summary>
    public string? Provider { get; init; }

    /// <summary>How often it was said.</summary>
    public int ErrorCount { get; init; } = 1;

    /// <summary>When it was said first.</summary>
    public required DateTimeOffset FirstAt { get; init; }

    /// <summary>When it was said last.</summary>
    public required DateTimeOffset LastAt { get; init; }

    /// <summary>When it is over; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Who said so: a key's id, <c>operator</c>, the name of a rule.</summary>
    public required string CreatedBy { get; init; }
}

/// <summary>Why an address must not be mailed. The numbers are on disk.</summary>
public enum SuppressionKind
{
    /// <summary>It does not exist.</summary>
    HardBounce = 1,

    /// <summary>It failed too often in a window of time.</summary>
    SoftBounce = 2,

    /// <summary>Its owner calls the mail spam.</summary>
    Complaint = 3,

    /// <summary>Its owner wants no more.</summary>
    Unsubscribe = 4,

    /// <summary>Somebody decided so.</summary>
    Manual = 5,
}

/// <summary>Which entries somebody asks for: every condition that is set must hold.</summary>
public sealed record SuppressionFilter
{
    /// <summary>The account; null: all.</summary>
    public string? Account { get; init; }

    /// <summary>The address, in the form of <see cref="Mail.Mailbox.SuppressionKey"/>.</summary>
    public string? Email { get; init; }

    /// <summary>The kind.</summary>
    public SuppressionKind? Kind { get; init; }

    /// <summary>The stream.</summary>
    public string? Stream { get; init; }

    /// <summary>The list.</summary>
    public string? ListId { get; init; }

    /// <summary>Who received for the address.</summary>
    public string? Provider { get; init; }

    /// <summary>Said last at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Said last before this time.</summary>
    public DateTimeOffset? Until { get; init; }
}
