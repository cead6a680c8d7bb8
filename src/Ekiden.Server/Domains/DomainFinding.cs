using System.Collections.Immutable;

namespace Ekiden.Server.Domains;

/// <summary>How something stands; the worst last.</summary>
internal enum FindingStatus
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Nobody could be asked, or there is nothing to ask about.</summary>
    Unknown,

    /// <summary>It works, and could be better.</summary>
    Warning,

    /// <summary>Receivers will refuse mail, or take it for forged.</summary>
    Error,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">Which, by the word of the field: spf, dkim, dmarc, mx, ptr…</param>
/// <param name="Subject">The name or address that was looked at.</param>
/// <param name="Status">How it stands.</param>
/// <param name="Detail">In a sentence for people.</param>
internal sealed record DomainFinding(string Check, string Subject, FindingStatus Status, string Detail)
{
    /// <summary>What to do; null when nothing is to be done.</summary>
    public string? Fix { get; init; }
}

/// <summary>A rule of a large receiver, and whether mail of the domain keeps it.</summary>
/// <param name="Provider">Whose rule.</param>
/// <param name="Rule">What it asks for.</param>
/// <param name="Status">As the findings that it depends on.</param>
/// <param name="Why">Those findings, when they are not as they should be; null else.</param>
internal sealed record ProviderRuleFinding(string Provider, string Rule, FindingStatus Status, string? Why);

/// <summary>All of one look at a domain.</summary>
/// <param name="Domain">As registered.</param>
/// <param name="CheckedAt">When, UTC.</param>
/// <param name="Findings">In the order in which people read them.</param>
/// <param name="Rules">What large receivers make of them.</param>
internal sealed record DomainReport(
    string Domain, DateTimeOffset CheckedAt, ImmutableArray<DomainFinding> Findings,
    ImmutableArray<ProviderRuleFinding> Rules)
{
    /// <summary>The worst of the findings.</summary>
    public FindingStatus Status => Findings.Max(finding => finding.Status);
}
