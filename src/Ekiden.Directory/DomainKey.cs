namespace Ekiden.Directory;

/// <summary>
/// A DKIM key of a sender domain. What it signs with, and how the private half is encrypted, is not known here.
/// </summary>
public sealed record DomainKey
{
    /// <summary><c>dkim_</c> and 26 characters; never changes.</summary>
    public required string Id { get; init; }

    /// <summary>The domain it belongs to.</summary>
    public required string DomainId { get; init; }

    /// <summary><c>s=</c>: the public half is at <c>selector._domainkey.domain</c>. Unique within the domain.</summary>
    public required string Selector { get; init; }

    /// <summary>The TXT record to publish: RFC 6376 §3.6.1.</summary>
    public required string PublicRecord { get; init; }

    /// <summary>The private half, encrypted by whoever made it.</summary>
    public required ReadOnlyMemory<byte> SealedKey { get; init; }

    /// <summary>Whether mail is signed with it.</summary>
    public DomainKeyStatus Status { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its record was first seen in DNS, UTC; null when it has not been, or is gone.</summary>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>When mail was signed with it for the last time, UTC; null while it may still be used.</summary>
    public DateTimeOffset? RetiredAt { get; init; }
}

/// <summary>The life of a key.</summary>
public enum DomainKeyStatus
{
    /// <summary>Mail is signed with it.</summary>
    Active,

    /// <summary>Its record has to be seen in DNS first: reliability J-R3.</summary>
    Pending,

    /// <summary>Mail is not signed with it any more; its record may still be asked for.</summary>
    Retired,
}

/// <summary>A key that a domain is to get.</summary>
/// <param name="Selector">In lower case.</param>
/// <param name="PublicRecord">The TXT record to publish.</param>
/// <param name="SealedKey">The private half, encrypted.</param>
/// <param name="Status">Active signs at once, whatever DNS says.</param>
public sealed record NewDomainKey(
    string Selector, string PublicRecord, ReadOnlyMemory<byte> SealedKey, DomainKeyStatus Status);
