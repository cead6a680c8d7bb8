namespace Ekiden.MailAuth.Dmarc;

/// <summary>The policy that holds for a domain, for telling its owner.</summary>
/// <param name="OrganizationalDomain">RFC 9989 §4.10.2.</param>
/// <param name="PolicyDomain">Where the policy is published; null when there is none.</param>
/// <param name="Policy">For mail of the domain itself, were it to fail.</param>
/// <param name="IsTesting">It is published as a test (<c>t=y</c>).</param>
public sealed record DmarcPublication(
    string OrganizationalDomain, string? PolicyDomain, DmarcPolicy Policy, bool IsTesting);
