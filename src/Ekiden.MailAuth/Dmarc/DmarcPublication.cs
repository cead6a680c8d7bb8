namespace Ekiden.MailAuth.Dmarc;

/// <summary>The policy that holds for a domain, for telling its owner.</summary>
/// <param name="OrganizationalDomain">RFC 9989 §4.10.2.</param>
/// <param name="PolicyDomain">Where the policy is published; null when there is none.</param>
/// <param name="Policy">For mail of the domain itself, were it to fail.</param>
/// <param name="IsTesting">It is published as a test (<c>t=y</c>).</param>
public sealed record DmarcPublication(
    string OrganizationalDomain, string? PolicyDomain, DmarcPolicy Policy, bool IsTesting)
{
    /// <summary><c>adkim=s</c>: only a signature of the very same domain aligns.</summary>
    public bool IsDkimStrict { get; init; }

    /// <summary><c>aspf=s</c>: only an envelope sender of the very same domain aligns.</summary>
    public bool IsSpfStrict { get; init; }
}
