namespace Ekiden.Directory;

/// <summary>A domain that an account sends from. One domain belongs to one account.</summary>
public sealed record SenderDomain
{
    /// <summary><c>dom_</c> and 26 characters; never changes.</summary>
    public required string Id { get; init; }

    /// <summary>The account it belongs to.</summary>
    public required string AccountId { get; init; }

    /// <summary>Lower case, A-labels, no trailing dot; unique.</summary>
    public required string Name { get; init; }

    /// <summary>Whether mail from it is accepted.</summary>
    public DomainStatus Status { get; init; }

    /// <summary>When it was added, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Its account may send from it.</summary>
    public bool IsUsable => Status is not DomainStatus.Unverified;
}

/// <summary>How we know that a domain is its account's.</summary>
public enum DomainStatus
{
    /// <summary>We do not yet: mail from it is refused.</summary>
    Unverified,

    /// <summary>Its DNS says so.</summary>
    Verified,

    /// <summary>The operator says so (<c>domain add --trust</c>).</summary>
    Trusted,
}
