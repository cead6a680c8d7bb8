using System.Collections.Immutable;
using System.Net;
using Ekiden.Dns;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Spf;

namespace Ekiden.MailAuth.Dmarc;

/// <summary>
/// Decides whether the author's domain is confirmed, and what it wants done when not: RFC 9989, with the DNS tree walk
/// in place of the public suffix list. Thread-safe.
/// </summary>
/// <param name="resolver">Where policies are asked for; it keeps them for their time.</param>
public sealed class DmarcEvaluator(IResolver resolver)
{
    /// <summary>Evaluates a message. Only <paramref name="cancel"/> throws.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="spf">What SPF said of MAIL FROM; null when it was not checked.</param>
    /// <param name="dkim">What became of the signatures.</param>
    public async Task<DmarcVerdict> EvaluateAsync(
        HeaderBlock header, SpfVerdict? spf, ImmutableArray<DkimVerdict> dkim, CancellationToken cancel)
    {
        var (domain, exempt) = AuthorDomain.Find(header);
        if (domain is null) return exempt!; // Find gives one of the two
        var walk = await TreeWalk.RunAsync(resolver, domain, cancel);
        if (walk.Failure is { } failure)
            return new(DmarcResult.TempError, DmarcPolicy.None, failure) { AuthorDomain = domain };

        var verdict = new DmarcVerdict(DmarcResult.None, DmarcPolicy.None, "there is no policy")
        {
            AuthorDomain = domain,
            OrganizationalDomain = walk.OrganizationalDomain,
        };
        if (walk.Policy is not ({ } policyDomain, { IsUnusable: false } record)) return verdict;

        var alignment = new Alignment(resolver, walk);
        var bySpf = await alignment.OfSpfAsync(spf, record.IsSpfStrict, cancel);
        var byDkim = await alignment.OfDkimAsync(dkim, record.IsDkimStrict, cancel);
        var published = await FindPolicyAsync(domain, policyDomain, record, cancel);
        verdict = verdict with
        {
            PolicyDomain = policyDomain,
            Published = published ?? DmarcPolicy.None,
            IsSpfAligned = bySpf == DmarcResult.Pass,
            IsDkimAligned = byDkim == DmarcResult.Pass,
        };
        if (bySpf == DmarcResult.Pass || byDkim == DmarcResult.Pass)
        {
            var by = byDkim == DmarcResult.Pass ? "DKIM" : "SPF";
            return verdict with { Result = DmarcResult.Pass, Why = $"{by} confirms the author's domain" };
        }
        // §5.3.2: what may yet pass has not failed
        if (bySpf == DmarcResult.TempError || byDkim == DmarcResult.TempError || published is null)
            return verdict with { Result = DmarcResult.TempError, Why = "what may confirm the domain is unknown now" };
        return verdict with
        {
            Result = DmarcResult.Fail,
            Disposition = record.IsTesting ? Milder(published.Value) : published.Value,
            Why = "neither SPF nor DKIM confirms the author's domain",
        };
    }

    /// <summary>The policy that holds for a domain; null when the name service does not answer.</summary>
    /// <param name="domain">In A-label form.</param>
    public async Task<DmarcPublication?> FindAsync(string domain, CancellationToken cancel)
    {
        var walk = await TreeWalk.RunAsync(resolver, domain, cancel);
        if (walk.Failure is not null) return null;
        if (walk.Policy is not ({ } policyDomain, { IsUnusable: false } record))
            return new(walk.OrganizationalDomain, null, DmarcPolicy.None, false);
        var policy = await FindPolicyAsync(domain, policyDomain, record, cancel);
        return policy is null ? null : new(walk.OrganizationalDomain, policyDomain, policy.Value, record.IsTesting)
        {
            IsDkimStrict = record.IsDkimStrict,
            IsSpfStrict = record.IsSpfStrict,
        };
    }

    // §4.10.1. Null: it is not known whether the author's domain exists.
    private async ValueTask<DmarcPolicy?> FindPolicyAsync(
        string domain, string policyDomain, DmarcRecord record, CancellationToken cancel)
    {
        if (domain == policyDomain) return record.Policy;
        var ofExisting = record.Subdomains ?? record.Policy;
        if (record.MissingSubdomains is not { } ofMissing || ofMissing == ofExisting) return ofExisting;
        return await resolver.FindIPv4Async(domain, cancel) switch
        {
            DnsAnswer<IPAddress>.NoSuchDomain => ofMissing,
            DnsAnswer<IPAddress>.Failed => null,
            _ => ofExisting,
        };
    }

    private static DmarcPolicy Milder(DmarcPolicy policy) =>
        policy == DmarcPolicy.Reject ? DmarcPolicy.Quarantine : DmarcPolicy.None;
}
