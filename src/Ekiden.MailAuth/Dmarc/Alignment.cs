using System.Collections.Immutable;
using Ekiden.Dns;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Spf;

namespace Ekiden.MailAuth.Dmarc;

/// <summary>Do the domains that were confirmed stand for the author's? RFC 9989 §4.4.</summary>
internal sealed class Alignment(IResolver resolver, TreeWalk author)
{
    /// <summary>Pass, fail, or a temporary error of a domain that would align.</summary>
    internal async ValueTask<DmarcResult> OfSpfAsync(SpfVerdict? spf, bool isStrict, CancellationToken cancel)
    {
        if (spf is not { Result: SpfResult.Pass or SpfResult.TempError }) return DmarcResult.Fail;
        var aligned = await IsAlignedAsync(spf.Domain.ToLowerInvariant(), isStrict, cancel);
        return aligned == DmarcResult.Pass && spf.Result == SpfResult.TempError ? DmarcResult.TempError : aligned;
    }

    /// <summary>The best of all signatures.</summary>
    internal async ValueTask<DmarcResult> OfDkimAsync(
        ImmutableArray<DkimVerdict> signatures, bool isStrict, CancellationToken cancel)
    {
        var best = DmarcResult.Fail;
        foreach (var signature in signatures)
        {
            if (signature is not { Result: DkimResult.Pass or DkimResult.TempError, Domain: { } domain }) continue;
            var aligned = await IsAlignedAsync(domain, isStrict, cancel);
            if (aligned == DmarcResult.Pass && signature.Result == DkimResult.Pass) return DmarcResult.Pass;
            if (aligned != DmarcResult.Fail) best = DmarcResult.TempError;
        }
        return best;
    }

    private async ValueTask<DmarcResult> IsAlignedAsync(string domain, bool isStrict, CancellationToken cancel)
    {
        if (domain == author.Start) return DmarcResult.Pass;
        // domains of one organization share their last labels; asking about any other is not needed
        if (isStrict || !SpfDomain.IsWithin(domain, author.OrganizationalDomain)) return DmarcResult.Fail;
        var walk = await TreeWalk.RunAsync(resolver, domain, cancel);
        if (walk.Failure is not null) return DmarcResult.TempError;
        return walk.OrganizationalDomain == author.OrganizationalDomain ? DmarcResult.Pass : DmarcResult.Fail;
    }
}
