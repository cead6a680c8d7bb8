using System.Collections.Immutable;
using Ekiden.Delivery.Lanes.Learning;

namespace Ekiden.Delivery.Lanes.Ready;

/// <summary>
/// The limits of accounts and sender domains at one site, shared by its lanes; and the accounts' weights.
/// </summary>
/// <remarks>Thread-safe. Empty for nearly every site.</remarks>
internal sealed class ScopeLimits(TimeProvider clock, Func<string, int> weights)
{
    // A site that answers every domain with a quota of its own: beyond this the lane's own limit must do.
    private const int Most = 10_000;

    private ImmutableDictionary<(string? Account, string? Domain), ScopeLimit> _limits =
        ImmutableDictionary<(string? Account, string? Domain), ScopeLimit>.Empty;

    /// <summary>There are none.</summary>
    public bool IsEmpty => _limits.IsEmpty;

    /// <summary>Turns of an account; 1 is usual.</summary>
    public int WeightOf(string account) => Math.Max(weights(account), 1);

    /// <summary>The limit of an account; null when there is none.</summary>
    public ScopeLimit? OfAccount(string account) =>
        _limits.IsEmpty ? null : _limits.GetValueOrDefault((account, null));

    /// <summary>The limit of a sender domain; null when there is none.</summary>
    public ScopeLimit? OfDomain(string domain) =>
        _limits.IsEmpty ? null : _limits.GetValueOrDefault((null, domain));

    /// <summary>A limit, made when it is missing; null when there are too many.</summary>
    /// <param name="account">Whose; null: a domain's.</param>
    /// <param name="domain">Whose; null: an account's.</param>
    public ScopeLimit? Get(string? account, string? domain)
    {
        if (_limits.TryGetValue((account, domain), out var known)) return known;
        if (_limits.Count >= Most) return null;
        return ImmutableInterlocked.GetOrAdd(
            ref _limits, (account, domain), key => new ScopeLimit(key.Item1, key.Item2, clock));
    }

    /// <summary>How they stand.</summary>
    public ImmutableArray<ScopeStatus> Statuses(TimeSpan now) =>
        [.. _limits.Values.Select(limit => limit.Status(now))];
}

/// <summary>How the limit of an account or a sender domain stands.</summary>
/// <param name="Scope">Whose, in a few words.</param>
/// <param name="Rate">Transactions per second; null: no limit.</param>
/// <param name="Pause">How long nothing goes; zero when something may.</param>
/// <param name="Changes">The last changes with their causes, oldest first.</param>
public sealed record ScopeStatus(
    string Scope, double? Rate, TimeSpan Pause, ImmutableArray<LaneChange> Changes);
