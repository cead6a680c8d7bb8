namespace Ekiden.Directory.Idempotency;

/// <summary>A request that names itself, so that its repetition is not a second one: api.md §1.</summary>
/// <param name="Account">Whose; the same key of two accounts is two keys.</param>
/// <param name="Path">What for; the same key at two endpoints is two keys.</param>
/// <param name="Key">The client's name for it, 1 to 256 characters.</param>
/// <param name="Fingerprint">SHA-256 of its body; empty: not compared.</param>
public sealed record RepeatedRequest(string Account, string Path, string Key, byte[] Fingerprint)
{
    /// <summary>The longest key.</summary>
    public const int LongestKey = 256;
}

/// <summary>What is known of a request that names itself.</summary>
public abstract record RepetitionResult
{
    private RepetitionResult() { } // closed: every case is below

    /// <summary>Nothing: it is to be done, and others with its key wait until the claim is disposed.</summary>
    public sealed record First(RequestClaim Claim) : RepetitionResult;

    /// <summary>It was done: this is what was answered.</summary>
    public sealed record Done(int Status, byte[] Answer) : RepetitionResult;

    /// <summary>It is being done.</summary>
    public sealed record Running : RepetitionResult;

    /// <summary>Another request has this key.</summary>
    public sealed record Different : RepetitionResult;
}
