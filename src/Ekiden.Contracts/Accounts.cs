namespace Ekiden.Contracts;

/// <summary>POST /v1/accounts.</summary>
public sealed record AddAccountRequest
{
    /// <summary>1 to 64 printable characters, unique.</summary>
    public required string Name { get; init; }
}

/// <summary>One account.</summary>
public sealed record AccountResponse(
    string Id, string Name, string Status, QuotaResponse Quota, DateTimeOffset CreatedAt);

/// <summary>How much an account may hand in; null is no limit.</summary>
public sealed record QuotaResponse(long? PerDay, long? PerHour, double? PerSecond);

/// <summary>PUT /v1/accounts/{id}/quota; what is null is unlimited.</summary>
public sealed record SetQuotaRequest
{
    /// <summary>Messages a UTC day.</summary>
    public long? PerDay { get; init; }

    /// <summary>Messages an hour.</summary>
    public long? PerHour { get; init; }

    /// <summary>Messages a second.</summary>
    public double? PerSecond { get; init; }
}

/// <summary>PATCH /v1/accounts/{id}: <c>active</c> or <c>suspended</c>.</summary>
public sealed record SetAccountStatusRequest
{
    /// <summary>The new status.</summary>
    public required string Status { get; init; }
}

/// <summary>POST /v1/api-keys.</summary>
public sealed record AddKeyRequest
{
    /// <summary>The account's name or id.</summary>
    public required string Account { get; init; }

    /// <summary>Scopes by name; null is <c>send</c>.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>When it ends; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A new key; the secret is shown this once.</summary>
public sealed record AddKeyResponse(string Id, string Username, string Secret);

/// <summary>A key without its secret.</summary>
public sealed record KeyResponse(
    string Id, string Account, string Username, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>POST /v1/domains.</summary>
public sealed record AddDomainRequest
{
    /// <summary>The account's name or id.</summary>
    public required string Account { get; init; }

    /// <summary>The domain to send from.</summary>
    public required string Domain { get; init; }

    /// <summary>The operator vouches for it: no ownership check.</summary>
    public bool Trust { get; init; }
}

/// <summary>A sender domain and the DNS records to publish for it.</summary>
public sealed record DomainResponse(string Domain, bool Verified, IReadOnlyList<DnsRecordResponse> Records);

/// <summary>One DNS record to publish.</summary>
public sealed record DnsRecordResponse(string Type, string Name, string Value);
