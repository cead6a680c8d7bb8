namespace Ekiden.Contracts;

/// <summary>POST /v1/domains/{domain}/dkim/rotate.</summary>
public sealed record RotateDomainKeysRequest
{
    /// <summary>The new keys sign at once; else they wait until they are seen in DNS.</summary>
    public bool Trust { get; init; }
}

/// <summary>POST /v1/domains/{domain}/dkim: a key that is in use elsewhere.</summary>
public sealed record ImportDomainKeyRequest
{
    /// <summary>Where its public half is published.</summary>
    public required string Selector { get; init; }

    /// <summary>PEM, or the 32 bytes of an Ed25519 key in base64; never shown again.</summary>
    public required string PrivateKey { get; init; }

    /// <summary>It signs at once; else it waits until it is seen in DNS.</summary>
    public bool Trust { get; init; }

    /// <summary>Without the key, so that no log shows it by accident.</summary>
    public override string ToString() => Selector;
}

/// <summary>A sender domain with its keys.</summary>
/// <param name="Domain">In A-label form.</param>
/// <param name="Account">The account's id.</param>
/// <param name="Status"><c>unverified</c>, <c>verified</c> or <c>trusted</c>.</param>
/// <param name="Verified">Its account may send from it.</param>
/// <param name="Keys">Oldest first.</param>
/// <param name="Records">What to publish.</param>
public sealed record DomainDetailResponse(
    string Domain, string Account, string Status, bool Verified, IReadOnlyList<DomainKeyResponse> Keys,
    IReadOnlyList<DnsRecordResponse> Records);

/// <summary>A DKIM key, without its private half.</summary>
/// <param name="Selector">Where it is published.</param>
/// <param name="Algorithm"><c>rsa</c> or <c>ed25519</c>.</param>
/// <param name="Status"><c>pending</c>, <c>active</c> or <c>retired</c>.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="PublishedAt">When it was first seen in DNS; null: not yet.</param>
/// <param name="RetiredAt">When it signed for the last time; null: it still may.</param>
public sealed record DomainKeyResponse(
    string Selector, string Algorithm, string Status, DateTimeOffset CreatedAt, DateTimeOffset? PublishedAt,
    DateTimeOffset? RetiredAt);

/// <summary>GET /v1/domains/{domain}/health: what receivers will see.</summary>
/// <param name="Domain">In A-label form.</param>
/// <param name="Status">The worst of all: <c>ok</c>, <c>unknown</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="CheckedAt">When.</param>
/// <param name="Checks">What was looked at.</param>
/// <param name="Rules">What large receivers make of it.</param>
public sealed record DomainHealthResponse(
    string Domain, string Status, DateTimeOffset CheckedAt, IReadOnlyList<DomainCheckResponse> Checks,
    IReadOnlyList<ProviderRuleResponse> Rules);

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">
/// <c>spf</c>, <c>dkim</c>, <c>dmarc</c>, <c>alignment</c>, <c>mx</c>, <c>ptr</c>, <c>ehlo</c>, <c>tls</c> or
/// <c>dnsbl</c>.
/// </param>
/// <param name="Subject">The name or address.</param>
/// <param name="Status"><c>ok</c>, <c>unknown</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="Detail">In words.</param>
/// <param name="Fix">What to do; null: nothing.</param>
public sealed record DomainCheckResponse(string Check, string Subject, string Status, string Detail, string? Fix);

/// <summary>A rule of a large receiver.</summary>
/// <param name="Provider">Whose.</param>
/// <param name="Rule">What it asks for.</param>
/// <param name="Status">As of a check.</param>
/// <param name="Why">What is in the way; null: nothing.</param>
public sealed record ProviderRuleResponse(string Provider, string Rule, string Status, string? Why);
