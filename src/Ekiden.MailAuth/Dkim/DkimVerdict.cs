namespace Ekiden.MailAuth.Dkim;

/// <summary>What became of one signature.</summary>
/// <param name="Result">One word.</param>
/// <param name="Why">For people: what is wrong; null for a pass. Never holds text of the message or the key.</param>
public sealed record DkimVerdict(DkimResult Result, string? Why)
{
    /// <summary>The signing domain (<c>d=</c>) in A-label form; null when it cannot be read.</summary>
    public string? Domain { get; init; }

    /// <summary>The selector (<c>s=</c>); null when it cannot be read.</summary>
    public string? Selector { get; init; }

    /// <summary>On whose behalf (<c>i=</c>), at or below <see cref="Domain"/>; null when it cannot be read.</summary>
    public string? Identity { get; init; }

    /// <summary><c>rsa-sha256</c> and the like; null when it cannot be read.</summary>
    public string? Algorithm { get; init; }

    /// <summary>The first 8 characters of <c>b=</c>, which tell signatures apart (RFC 6008); null without.</summary>
    public string? SignatureStart { get; init; }

    /// <summary>The key says that the domain only tests DKIM (<c>t=y</c>): a failure means nothing then.</summary>
    public bool IsTesting { get; init; }
}
