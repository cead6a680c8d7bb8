using System.Collections.Immutable;

namespace Ekiden.MailAuth.Dkim;

/// <summary>What DKIM-Signature and ARC-Message-Signature say: RFC 6376 §3.5, RFC 8617 §4.1.2.</summary>
/// <param name="Domain"><c>d=</c> in A-label form.</param>
/// <param name="Selector"><c>s=</c>.</param>
/// <param name="Algorithm"><c>a=</c>.</param>
/// <param name="Signature"><c>b=</c>.</param>
internal sealed record SignatureFields(
    string Domain, string Selector, DkimAlgorithm Algorithm, ImmutableArray<byte> Signature)
{
    /// <summary><c>bh=</c>.</summary>
    public ImmutableArray<byte> BodyHash { get; init; } = [];

    /// <summary>The first part of <c>c=</c>.</summary>
    public Canonicalization Header { get; init; }

    /// <summary>The second part of <c>c=</c>.</summary>
    public Canonicalization Body { get; init; }

    /// <summary><c>h=</c>: names in lower case, in order.</summary>
    public ImmutableArray<string> SignedNames { get; init; } = [];

    /// <summary><c>l=</c>: bytes of the canonical body that are signed; null is all of them.</summary>
    public long? BodyLength { get; init; }

    /// <summary><c>x=</c>; null when the signature does not expire.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The domain of <c>i=</c>, at or below <see cref="Domain"/>.</summary>
    public string IdentityDomain { get; init; } = Domain;

    /// <summary><c>i=</c> as written, or an @ and the domain.</summary>
    public string Identity { get; init; } = "@" + Domain;

    /// <summary>Where the key is: §3.6.2.1.</summary>
    public string KeyName => $"{Selector}._domainkey.{Domain}";
}
