namespace Ekiden.Directory;

/// <summary>
/// What an application signs in with, over SMTP (user name and secret) and HTTP (the secret as bearer token). The
/// secret itself is not kept, only what proves it: DESIGN §11 "keys and SCRAM".
/// </summary>
public sealed record AccessKey
{
    /// <summary><c>key_</c> and 26 characters; for logs, limits and revocation.</summary>
    public required string Id { get; init; }

    /// <summary>The account it belongs to.</summary>
    public required string AccountId { get; init; }

    /// <summary>The SMTP user name: lower case ASCII, unique, never changes.</summary>
    public required string Username { get; init; }

    /// <summary>What it may do.</summary>
    public required KeyScopes Scopes { get; init; }

    /// <summary>From when on it does not sign in any more; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was revoked; null while it is in force.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>SHA-256 of the secret, 32 bytes.</summary>
    internal byte[] SecretHash { get; init; } = [];

    /// <summary>The SCRAM-SHA-256 verifier of the same secret.</summary>
    internal ScramCredential Scram { get; init; } = ScramCredential.Empty;
}

/// <summary>A key and its secret, the one time that anybody sees it.</summary>
/// <param name="Key">The new key.</param>
/// <param name="Secret">SMTP password and bearer token.</param>
public sealed record IssuedKey(AccessKey Key, string Secret)
{
    /// <summary>Without the secret, so that no log shows it by accident.</summary>
    public override string ToString() => $"{Key.Id} ({Key.Username})";
}
