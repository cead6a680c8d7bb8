using System.Collections.Immutable;

namespace Ekiden.Server.Domains;

/// <summary>
/// What large receivers ask of those who send to many, as far as DNS shows it: reference japan.md B1 to B18 and J3.
/// Their thresholds are low and some are for ever, so every domain is measured by them.
/// </summary>
internal static class ProviderRules
{
    private static readonly ImmutableArray<Rule> All =
    [
        new("gmail", "SPF and DKIM pass (4.7.27, 4.7.30)", ["spf", "dkim"]),
        new("gmail", "a DMARC policy, at least p=none, aligned with From (4.7.32)", ["dmarc", "alignment"]),
        new("gmail", "PTR that leads back to the address (5.7.25)", ["ptr"]),
        new("yahoo", "SPF and DKIM pass", ["spf", "dkim"]),
        new("yahoo", "a DMARC policy, at least p=none, aligned with From", ["dmarc", "alignment"]),
        new("yahoo", "the From domain takes mail", ["mx"]),
        new("yahoo", "PTR that is not generic", ["ptr"]),
        new("outlook", "SPF and DKIM pass (5.7.515)", ["spf", "dkim"]),
        new("outlook", "a DMARC policy, at least p=none, aligned with From (5.7.515)", ["dmarc", "alignment"]),
        new("docomo", "SPF passes for the From domain too", ["spf"]),
        new("docomo", "DKIM and DMARC: what fails is marked or not delivered", ["dkim", "dmarc"]),
        new("docomo", "the From domain has A or MX", ["mx"]),
    ];

    /// <summary>Each rule, with the worst of the findings that it depends on.</summary>
    public static ImmutableArray<ProviderRuleFinding> Judge(ImmutableArray<DomainFinding> findings) =>
        [.. All.Select(rule => Judge(rule, findings))];

    private static ProviderRuleFinding Judge(Rule rule, ImmutableArray<DomainFinding> findings)
    {
        DomainFinding[] relevant = [.. findings.Where(finding => rule.Checks.Contains(finding.Check))];
        var status = relevant.Length == 0 ? FindingStatus.Unknown : relevant.Max(finding => finding.Status);
        var why = relevant.Where(finding => finding.Status == status && status != FindingStatus.Ok)
            .Select(finding => $"{finding.Check} {finding.Subject}: {finding.Detail}");
        return new ProviderRuleFinding(
            rule.Provider, rule.Text, status, status == FindingStatus.Ok ? null : string.Join("; ", why));
    }

    private sealed record Rule(string Provider, string Text, ImmutableArray<string> Checks);
}
