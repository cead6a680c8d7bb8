namespace Ekiden.MailAuth.Dmarc;

/// <summary>What DMARC says of a message: RFC 9989 §5.4 and its entry in the registry of RFC 8601.</summary>
public enum DmarcResult : byte
{
    /// <summary>The author's domain publishes no policy, or the message has no single author domain.</summary>
    None,

    /// <summary>The author's domain is confirmed by SPF or DKIM.</summary>
    Pass,

    /// <summary>It is not.</summary>
    Fail,

    /// <summary>Trouble that passes, mostly of the name service: nothing is known.</summary>
    TempError,

    /// <summary>The message has no author that can be read.</summary>
    PermError,
}

/// <summary>What came of one evaluation.</summary>
/// <param name="Result">One word.</param>
/// <param name="Disposition">
/// What the domain wants done with this message: none unless the result is a failure. One step milder than published
/// when the domain is testing.
/// </param>
/// <param name="Why">What decided, in a few words for people.</param>
public sealed record DmarcVerdict(DmarcResult Result, DmarcPolicy Disposition, string Why)
{
    /// <summary>The domain of From in A-label form; null when there is not exactly one.</summary>
    public string? AuthorDomain { get; init; }

    /// <summary>The organizational domain of the author (RFC 9989 §4.10.2); null with no author domain.</summary>
    public string? OrganizationalDomain { get; init; }

    /// <summary>Where the policy was found; null when there is none.</summary>
    public string? PolicyDomain { get; init; }

    /// <summary>The policy that applies to the author's domain, before testing is taken into account.</summary>
    public DmarcPolicy Published { get; init; }

    /// <summary>SPF passed for a domain that aligns with the author's.</summary>
    public bool IsSpfAligned { get; init; }

    /// <summary>A DKIM signature passed for a domain that aligns with the author's.</summary>
    public bool IsDkimAligned { get; init; }
}
