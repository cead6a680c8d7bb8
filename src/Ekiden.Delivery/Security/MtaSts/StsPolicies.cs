using System.Collections.Concurrent;
using Ekiden.Dns;
using Microsoft.Extensions.Logging;

namespace Ekiden.Delivery.Security.MtaSts;

/// <summary>
/// The MTA-STS policies of receiving domains: RFC 8461 §5.1. A policy that was fetched stays in force for its time; no
/// trouble of DNS or HTTPS weakens it, and only a newer policy replaces it.
/// </summary>
internal sealed partial class StsPolicies(
    IResolver resolver, StsFetcher fetcher, StsStore? store, TimeProvider clock, ILogger logger)
{
    // Policies kept; the one that expires first goes when it is full.
    private const int MaxPolicies = 100_000;

    // RFC 8461 §3.3: a policy that could not be had is not asked for again before 5 min.
    private static readonly TimeSpan WaitAfterFailure = TimeSpan.FromMinutes(5);

    // RFC 8461 §5.1 and §10.2: refreshed long before it expires, so that a failure can be repeated and seen.
    private static readonly TimeSpan RefreshAfter = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, CachedPolicy> _policies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Failure> _failures = new(StringComparer.Ordinal);

    /// <summary>Takes over what an earlier run kept on disk.</summary>
    public void Load()
    {
        if (store is null) return;
        foreach (var (domain, policy) in store.ReadAll())
        {
            if (IsInForce(policy)) _policies[domain] = policy;
            else store.Delete(domain);
        }
    }

    /// <summary>The policy in force for a domain, at this moment.</summary>
    /// <param name="domain">In lower case and A-label form.</param>
    /// <param name="cancel">Ends the wait for DNS and HTTPS, which is at most about a minute.</param>
    public async ValueTask<StsLookup> FindAsync(string domain, CancellationToken cancel)
    {
        var kept = FindKept(domain);
        var answer = await resolver.FindTextAsync("_mta-sts." + domain, cancel);
        var record = answer is DnsAnswer<string>.Found found ? StsRecord.Find(found.Records) : null;
        var until = clock.GetUtcNow() + TimeToLive(answer);
        // No record, or no answer, takes nothing away: a domain gives its policy up by mode none (RFC 8461 §2.1).
        if (record is null || record.Id == kept?.Id) return Lookup(kept, null, until);
        if (_failures.TryGetValue(domain, out var failure) && failure.Id == record.Id && !IsOver(failure))
            return Lookup(kept, failure.What, Min(until, failure.At + WaitAfterFailure));
        var failed = await FetchAsync(domain, record.Id, cancel);
        return Lookup(
            FindKept(domain), failed, failed is null ? until : Min(until, clock.GetUtcNow() + WaitAfterFailure));
    }

    /// <summary>
    /// Fetches again the policies that are a day old or through half their time, and drops those that are over. For a
    /// timer; a failure changes nothing, is logged, and is tried again at the next call.
    /// </summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        foreach (var (domain, failure) in _failures)
            if (IsOver(failure)) _failures.TryRemove(KeyValuePair.Create(domain, failure));
        foreach (var (domain, kept) in _policies)
        {
            if (!IsInForce(kept))
            {
                if (_policies.TryRemove(KeyValuePair.Create(domain, kept))) store?.Delete(domain);
                continue;
            }
            if (now - kept.FetchedAt < Min(RefreshAfter, kept.Policy.MaxAge / 2)) continue;
            var answer = await resolver.FindTextAsync("_mta-sts." + domain, cancel);
            var record = answer is DnsAnswer<string>.Found found ? StsRecord.Find(found.Records) : null;
            // without a record the policy may still be served: it is renewed under the id that we know
            if (await FetchAsync(domain, record?.Id ?? kept.Id, cancel) is { } failed)
                Log.NotRefreshed(logger, domain, kept.ExpiresAt, failed.Why);
        }
    }

    private async ValueTask<StsFetch.Failed?> FetchAsync(string domain, string id, CancellationToken cancel)
    {
        switch (await fetcher.FetchAsync(domain, cancel))
        {
            case StsFetch.Failed failed:
                if (_failures.Count < MaxPolicies) _failures[domain] = new Failure(id, clock.GetUtcNow(), failed);
                Log.NotFetched(logger, domain, failed.Why);
                return failed;
            case StsFetch.Fetched fetched:
                _failures.TryRemove(domain, out _);
                Keep(domain, new CachedPolicy(fetched.Policy, id, clock.GetUtcNow()), fetched.Body);
                return null;
            default:
                throw new InvalidOperationException("a fetch of no known kind");
        }
    }

    private void Keep(string domain, CachedPolicy policy, ReadOnlyMemory<byte> body)
    {
        if (_policies.Count >= MaxPolicies && !_policies.ContainsKey(domain)) DropOne();
        _policies[domain] = policy;
        try
        {
            store?.Write(domain, policy, body);
        }
        catch (IOException e)
        {
            // In force all the same, until the process ends.
            Log.NotKept(logger, domain, e);
        }
    }

    private void DropOne()
    {
        var first = _policies.MinBy(each => each.Value.ExpiresAt);
        if (_policies.TryRemove(first)) store?.Delete(first.Key);
    }

    private CachedPolicy? FindKept(string domain) =>
        _policies.TryGetValue(domain, out var kept) && IsInForce(kept) ? kept : null;

    private bool IsInForce(CachedPolicy policy) => clock.GetUtcNow() < policy.ExpiresAt;

    private bool IsOver(Failure failure) => clock.GetUtcNow() - failure.At >= WaitAfterFailure;

    private static StsLookup Lookup(CachedPolicy? kept, StsFetch.Failed? failed, DateTimeOffset until) => new(
        kept?.Policy.Mode == StsMode.None ? null : kept?.Policy, failed,
        kept is null ? until : Min(until, kept.ExpiresAt));

    private static TimeSpan TimeToLive(DnsAnswer<string> answer) => answer switch
    {
        DnsAnswer<string>.Found found => found.TimeToLive,
        DnsAnswer<string>.NoData none => none.TimeToLive,
        DnsAnswer<string>.NoSuchDomain none => none.TimeToLive,
        _ => WaitAfterFailure,
    };

    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private sealed record Failure(string Id, DateTimeOffset At, StsFetch.Failed What);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "The MTA-STS policy of {Domain} could not be had: {Why}")]
        public static partial void NotFetched(ILogger logger, string domain, string why);

        [LoggerMessage(LogLevel.Warning,
            "The MTA-STS policy of {Domain} could not be refreshed; it stays in force until {ExpiresAt}: {Why}")]
        public static partial void NotRefreshed(ILogger logger, string domain, DateTimeOffset expiresAt, string why);

        [LoggerMessage(LogLevel.Error, "The MTA-STS policy of {Domain} could not be written to disk")]
        public static partial void NotKept(ILogger logger, string domain, Exception exception);
    }
}

/// <summary>What is known of a domain's MTA-STS policy.</summary>
/// <param name="Policy">In force, testing or enforce; null when there is none, or its mode is none.</param>
/// <param name="Failed">A policy, or a newer one, was announced and could not be had; null otherwise.</param>
/// <param name="ValidUntil">When to ask again.</param>
internal sealed record StsLookup(StsPolicy? Policy, StsFetch.Failed? Failed, DateTimeOffset ValidUntil);
