namespace Ekiden.Directory;

/// <summary>Whose mail it is: quotas, sender domains, keys and statistics belong to an account.</summary>
public sealed record Account
{
    /// <summary><c>acc_</c> and 26 characters; never changes.</summary>
    public required string Id { get; init; }

    /// <summary>What people call it: 1 to 64 printable characters, unique without regard to case.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it may send.</summary>
    public AccountStatus Status { get; init; }

    /// <summary>How much it may send.</summary>
    public SendingQuota Quota { get; init; } = SendingQuota.None;

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Whether an account may send.</summary>
public enum AccountStatus
{
    /// <summary>Its keys sign in.</summary>
    Active,

    /// <summary>None of its keys signs in, and open sessions end; mail already accepted is still delivered.</summary>
    Suspended,
}

/// <summary>How many messages an account may hand in. Null is no limit: DESIGN §11.</summary>
/// <param name="Daily">Messages per UTC day, at least 1.</param>
/// <param name="Hourly">Messages per hour, at least 1.</param>
/// <param name="PerSecond">Messages per second, more than 0; fractions allowed.</param>
public sealed record SendingQuota(long? Daily, long? Hourly, double? PerSecond)
{
    /// <summary>No limit at all: what a new account has.</summary>
    public static SendingQuota None { get; } = new(null, null, null);

    /// <summary>Every number is in its range.</summary>
    public bool IsValid => Daily is null or > 0 && Hourly is null or > 0
        && (PerSecond is null || (PerSecond > 0 && double.IsFinite(PerSecond.Value)));
}
