using Ekiden.Directory;
using Ekiden.Dns;
using Ekiden.MailAuth.Dkim;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Signing;

/// <summary>
/// Looks whether keys are published, lets them sign and retires those they follow; makes new ones by schedule. A domain
/// is verified when one of its keys is seen in its DNS. Thread-safe.
/// </summary>
internal sealed partial class DomainKeeper(
    AccountDirectory directory, DomainKeyring keyring, Func<SigningOptions> options, KeeperParts parts)
{
    private readonly DkimPublicationChecker _checker = new(parts.Resolver);

    /// <summary>Looks at the keys of all domains that wait for one, or at those of all domains.</summary>
    /// <param name="isFull">Also at those that sign, and whether it is time for new ones.</param>
    public async Task LookAsync(bool isFull, CancellationToken cancel)
    {
        foreach (var domain in directory.Current.Domains.ToArray())
        {
            var waits = directory.Current.KeysOf(domain).Any(key => key.Status == DomainKeyStatus.Pending);
            if (!waits && !isFull) continue;
            await LookAsync(domain, isFull, cancel);
            if (isFull) await RotateWhenDueAsync(domain, cancel);
        }
    }

    /// <summary>Looks at the keys of one domain, now.</summary>
    /// <param name="isFull">Also at those that sign.</param>
    /// <returns>Done with the domain as it is then, or NotFound.</returns>
    public async Task<DirectoryResult<SenderDomain>> LookAsync(
        SenderDomain domain, bool isFull, CancellationToken cancel)
    {
        var seen = new Dictionary<string, DkimPublication>(StringComparer.Ordinal);
        foreach (var key in directory.Current.KeysOf(domain))
        {
            var isLookedFor = key.Status == DomainKeyStatus.Pending || (isFull && key.Status == DomainKeyStatus.Active);
            if (!isLookedFor) continue;
            seen[key.Id] = await _checker.CheckAsync(domain.Name, key.Selector, key.PublicRecord, cancel);
            if (key.Status == DomainKeyStatus.Active && seen[key.Id] is not DkimPublication.Published)
                Log.NotPublished(parts.Logger, DomainKeyNames.PlaceOf(key.Selector, domain.Name), seen[key.Id]);
        }
        if (seen.ContainsValue(DkimPublication.Published))
            await directory.SetDomainStatusAsync(domain.Name, DomainStatus.Verified, cancel);
        var isTrusted = domain.Status == DomainStatus.Trusted;
        return await directory.UpdateDomainKeysAsync(
            domain.Name, keys => KeyLife.Apply(keys, seen, isTrusted, parts.Clock.GetUtcNow()), cancel);
    }

    private async Task RotateWhenDueAsync(SenderDomain domain, CancellationToken cancel)
    {
        var keys = directory.Current.KeysOf(domain);
        if (options().RotateEvery is not { } period || keys.Any(key => key.Status == DomainKeyStatus.Pending)) return;
        var signing = keys.Where(key => key.Status == DomainKeyStatus.Active).ToArray();
        if (signing.Length == 0 || parts.Clock.GetUtcNow() - signing.Max(key => key.CreatedAt) < period) return;
        if (await keyring.RotateAsync(domain.Name, trust: false, cancel) is DirectoryResult<SenderDomain>.Done)
            Log.Rotating(parts.Logger, domain.Name);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The DKIM record {Place} is {Publication}: receivers cannot verify our mail")]
        public static partial void NotPublished(ILogger logger, string place, DkimPublication publication);

        [LoggerMessage(LogLevel.Warning, "New DKIM keys for {Domain} wait: publish what `ekiden domain show` prints")]
        public static partial void Rotating(ILogger logger, string domain);
    }
}

/// <summary>What <see cref="DomainKeeper"/> works with.</summary>
internal sealed record KeeperParts(IResolver Resolver, TimeProvider Clock, ILogger Logger);
