using System.Collections.Immutable;
using System.Security.Cryptography;
using Ekiden.Directory.Storage;
using Ekiden.Mail;
using Microsoft.Extensions.Logging;

namespace Ekiden.Directory;

/// <summary>
/// Who may send: accounts, their keys and their sender domains. Reading is <see cref="Current"/>; every change is
/// first on stable storage and then in <see cref="Current"/>, when its method returns.
/// </summary>
/// <remarks>Thread-safe; changes happen one after the other.</remarks>
public sealed partial class AccountDirectory : IAsyncDisposable
{
    /// <summary>The database's file name in the data directory.</summary>
    public const string FileName = "directory.db";

    private readonly DirectoryStore _store;
    private readonly TimeProvider _clock;
    private readonly RandomNumberGenerator _random;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _oneChange = new(1, 1);
    private volatile DirectorySnapshot _current;

    private AccountDirectory(
        DirectoryStore store, DirectorySnapshot current, TimeProvider clock, RandomNumberGenerator random,
        ILogger logger)
    {
        (_store, _current, _clock, _random, _logger) = (store, current, clock, random, logger);
    }

    /// <summary>Everything, as of the last change.</summary>
    public DirectorySnapshot Current => _current;

    /// <summary>Opens the database, making or migrating it as needed, and reads it.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="random">Where secrets come from; not disposed.</param>
    /// <exception cref="InvalidDataException">The file is no database, or a newer Ekiden wrote it.</exception>
    public static async Task<AccountDirectory> OpenAsync(
        string path, TimeProvider clock, RandomNumberGenerator random, ILogger<AccountDirectory> logger,
        CancellationToken cancel)
    {
        var store = await DirectoryStore.OpenAsync(path, cancel);
        var snapshot = await store.LoadAsync(clock, cancel);
        return new AccountDirectory(store, snapshot, clock, random, logger);
    }

    /// <summary>What was learned of receiving sites, as of the last <see cref="SaveLearnedAsync"/>.</summary>
    public async Task<IReadOnlyList<LearnedLimit>> LoadLearnedAsync(CancellationToken cancel)
    {
        await _oneChange.WaitAsync(cancel);
        try
        {
            return await _store.LoadLearnedLimitsAsync(cancel);
        }
        finally
        {
            _oneChange.Release();
        }
    }

    /// <summary>Keeps what was learned of receiving sites: on stable storage when it returns.</summary>
    /// <param name="limits">New and changed ones; an empty state forgets one.</param>
    public async Task SaveLearnedAsync(IReadOnlyCollection<LearnedLimit> limits, CancellationToken cancel)
    {
        await _oneChange.WaitAsync(cancel);
        try
        {
            await _store.SaveLearnedLimitsAsync(limits, cancel);
        }
        finally
        {
            _oneChange.Release();
        }
    }

    /// <summary>Makes an account: active, without quotas, keys or domains.</summary>
    /// <returns>Done, Taken, or Invalid (the rule is <see cref="Account.Name"/>'s).</returns>
    public Task<DirectoryResult<Account>> AddAccountAsync(string name, CancellationToken cancel) =>
        ChangeAsync<Account>(async current =>
        {
            if (!DirectoryNames.IsAccountName(name))
                return new DirectoryResult<Account>.Invalid("name", DirectoryNames.AccountRule);
            if (current.FindAccount(name) is not null) return new DirectoryResult<Account>.Taken("account", name);
            var account =
                new Account { Id = DirectoryNames.NewId("acc_", _clock), Name = name, CreatedAt = _clock.GetUtcNow() };
            await _store.InsertAsync(account, cancel);
            _current = current.With(account);
            Log.AccountAdded(_logger, account.Id, account.Name);
            return new DirectoryResult<Account>.Done(account);
        }, cancel);

    /// <summary>Suspends an account or lets it send again.</summary>
    /// <returns>Done or NotFound.</returns>
    public Task<DirectoryResult<Account>> SetStatusAsync(
        string account, AccountStatus status, CancellationToken cancel) =>
        UpdateAccountAsync(account, found => found with { Status = status }, cancel);

    /// <summary>Sets all three quotas.</summary>
    /// <returns>Done, NotFound, or Invalid when a number is not positive.</returns>
    public async Task<DirectoryResult<Account>> SetQuotaAsync(
        string account, SendingQuota quota, CancellationToken cancel) =>
        quota.IsValid
            ? await UpdateAccountAsync(account, found => found with { Quota = quota }, cancel)
            : new DirectoryResult<Account>.Invalid("quota", "A quota is a positive number, or absent for none.");

    /// <summary>Makes a key; its secret is in the result and nowhere else.</summary>
    /// <returns>Done, NotFound, or Invalid (no scope, or an expiry that is over).</returns>
    public Task<DirectoryResult<IssuedKey>> AddKeyAsync(
        string account, KeyScopes scopes, DateTimeOffset? expiresAt, CancellationToken cancel) =>
        ChangeAsync<IssuedKey>(async current =>
        {
            var now = _clock.GetUtcNow();
            if ((scopes & ~KeyScopes.Test) == KeyScopes.None)
                return new DirectoryResult<IssuedKey>.Invalid("scopes", "A key needs at least one scope.");
            if (expiresAt <= now)
                return new DirectoryResult<IssuedKey>.Invalid("expires_at", "A key cannot expire before it is made.");
            if (current.FindAccount(account) is not { } owner)
                return new DirectoryResult<IssuedKey>.NotFound("account", account);
            var secret = KeySecret.Create(_random, scopes.HasFlag(KeyScopes.Test));
            var key = new AccessKey
            {
                Id = DirectoryNames.NewId("key_", _clock),
                AccountId = owner.Id,
                Username = DirectoryNames.NewUsername(owner.Name, current, _random),
                Scopes = scopes,
                ExpiresAt = expiresAt,
                CreatedAt = now,
                SecretHash = KeySecret.Hash(secret),
                Scram = ScramCredential.Create(secret, _random),
            };
            await _store.InsertAsync(key, cancel);
            _current = current.With(key);
            Log.KeyAdded(_logger, key.Id, owner.Id);
            return new DirectoryResult<IssuedKey>.Done(new IssuedKey(key, secret));
        }, cancel);

    /// <summary>Revokes a key for good; one that is revoked already stays so.</summary>
    /// <param name="key">Its id or user name.</param>
    /// <returns>Done or NotFound.</returns>
    public Task<DirectoryResult<AccessKey>> RevokeKeyAsync(string key, CancellationToken cancel) =>
        ChangeAsync<AccessKey>(async current =>
        {
            if (current.FindKey(key) is not { } found) return new DirectoryResult<AccessKey>.NotFound("key", key);
            if (found.RevokedAt is not null) return new DirectoryResult<AccessKey>.Done(found);
            var revoked = found with { RevokedAt = _clock.GetUtcNow() };
            await _store.UpdateAsync(revoked, cancel);
            _current = current.With(revoked);
            Log.KeyRevoked(_logger, revoked.Id);
            return new DirectoryResult<AccessKey>.Done(revoked);
        }, cancel);

    /// <summary>
    /// Adds a sender domain to an account. Adding it again changes nothing, except that <paramref name="trust"/> makes
    /// it trusted.
    /// </summary>
    /// <param name="domain">In U-labels or A-labels, any case.</param>
    /// <param name="trust">Skip the proof of ownership: mail from it is accepted at once.</param>
    /// <returns>Done, NotFound (the account), Taken by another account, or Invalid.</returns>
    public Task<DirectoryResult<SenderDomain>> AddDomainAsync(
        string account, string domain, bool trust, CancellationToken cancel) =>
        ChangeAsync<SenderDomain>(async current =>
        {
            if (!DomainName.TryNormalize(domain, out var name))
                return new DirectoryResult<SenderDomain>.Invalid("domain", $"Not a domain name: {domain}");
            if (current.FindAccount(account) is not { } owner)
                return new DirectoryResult<SenderDomain>.NotFound("account", account);
            var existing = current.FindDomain(name);
            if (existing is not null && existing.AccountId != owner.Id)
                return new DirectoryResult<SenderDomain>.Taken("domain", name);
            if (existing is not null && (!trust || existing.IsUsable))
                return new DirectoryResult<SenderDomain>.Done(existing);
            var status = trust ? DomainStatus.Trusted : DomainStatus.Unverified;
            var added = existing is null
                ? new SenderDomain
                {
                    Id = DirectoryNames.NewId("dom_", _clock),
                    AccountId = owner.Id,
                    Name = name,
                    Status = status,
                    CreatedAt = _clock.GetUtcNow(),
                }
                : existing with { Status = status };
            await (existing is null ? _store.InsertAsync(added, cancel) : _store.UpdateAsync(added, cancel));
            _current = current.With(added);
            Log.DomainAdded(_logger, added.Name, owner.Id, status);
            return new DirectoryResult<SenderDomain>.Done(added);
        }, cancel);

    /// <summary>Says how a domain is known to be its account's; the operator's word is not taken back by DNS.</summary>
    /// <param name="domain">As registered: <see cref="SenderDomain.Name"/>.</param>
    /// <returns>Done with the domain, or NotFound.</returns>
    public Task<DirectoryResult<SenderDomain>> SetDomainStatusAsync(
        string domain, DomainStatus status, CancellationToken cancel) =>
        ChangeAsync<SenderDomain>(async current =>
        {
            if (current.FindDomain(domain) is not { } found)
                return new DirectoryResult<SenderDomain>.NotFound("domain", domain);
            if (found.Status == DomainStatus.Trusted || found.Status == status)
                return new DirectoryResult<SenderDomain>.Done(found);
            var changed = found with { Status = status };
            await _store.UpdateAsync(changed, cancel);
            _current = current.With(changed);
            Log.DomainChanged(_logger, changed.Name, status);
            return new DirectoryResult<SenderDomain>.Done(changed);
        }, cancel);

    /// <summary>Gives a domain DKIM keys, all or none.</summary>
    /// <param name="domain">As registered: <see cref="SenderDomain.Name"/>.</param>
    /// <param name="make">Gets the keys that it has; those it returns are added.</param>
    /// <returns>Done with the domain, NotFound, or Taken (a selector).</returns>
    public Task<DirectoryResult<SenderDomain>> AddDomainKeysAsync(
        string domain, Func<ImmutableArray<DomainKey>, IReadOnlyList<NewDomainKey>> make, CancellationToken cancel) =>
        ChangeAsync<SenderDomain>(async current =>
        {
            if (current.FindDomain(domain) is not { } owner)
                return new DirectoryResult<SenderDomain>.NotFound("domain", domain);
            var known = current.KeysOf(owner);
            var made = make(known);
            if (made.FirstOrDefault(key => known.Any(other => other.Selector == key.Selector)) is { } taken)
                return new DirectoryResult<SenderDomain>.Taken("selector", taken.Selector);
            ImmutableArray<DomainKey> keys = [.. made.Select(key => new DomainKey
            {
                Id = DirectoryNames.NewId("dkim_", _clock),
                DomainId = owner.Id,
                Selector = key.Selector,
                PublicRecord = key.PublicRecord,
                SealedKey = key.SealedKey,
                Status = key.Status,
                CreatedAt = _clock.GetUtcNow(),
            })];
            if (keys.IsEmpty) return new DirectoryResult<SenderDomain>.Done(owner);
            await _store.InsertAllAsync(keys, cancel);
            _current = current.With(keys);
            Log.DomainKeysAdded(_logger, keys.Length, owner.Name);
            return new DirectoryResult<SenderDomain>.Done(owner);
        }, cancel);

    /// <summary>Changes keys of a domain, all or none.</summary>
    /// <param name="domain">As registered: <see cref="SenderDomain.Name"/>.</param>
    /// <param name="change">Gets the keys that it has; returns those that change, as they are to be.</param>
    /// <returns>Done with the domain, or NotFound.</returns>
    public Task<DirectoryResult<SenderDomain>> UpdateDomainKeysAsync(
        string domain, Func<ImmutableArray<DomainKey>, IEnumerable<DomainKey>> change, CancellationToken cancel) =>
        ChangeAsync<SenderDomain>(async current =>
        {
            if (current.FindDomain(domain) is not { } owner)
                return new DirectoryResult<SenderDomain>.NotFound("domain", domain);
            ImmutableArray<DomainKey> changed = [.. change(current.KeysOf(owner))];
            if (changed.IsEmpty) return new DirectoryResult<SenderDomain>.Done(owner);
            await _store.UpdateAllAsync(changed, cancel);
            _current = current.With(changed);
            foreach (var key in changed) Log.DomainKeyChanged(_logger, key.Selector, owner.Name, key.Status);
            return new DirectoryResult<SenderDomain>.Done(owner);
        }, cancel);

    /// <summary>Closes the database; the last <see cref="Current"/> stays readable.</summary>
    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _oneChange.Dispose();
    }

    private Task<DirectoryResult<Account>> UpdateAccountAsync(
        string account, Func<Account, Account> change, CancellationToken cancel) =>
        ChangeAsync<Account>(async current =>
        {
            if (current.FindAccount(account) is not { } found)
                return new DirectoryResult<Account>.NotFound("account", account);
            var changed = change(found);
            await _store.UpdateAsync(changed, cancel);
            _current = current.With(changed);
            Log.AccountChanged(_logger, changed.Id, changed.Status, changed.Quota);
            return new DirectoryResult<Account>.Done(changed);
        }, cancel);

    private async Task<DirectoryResult<T>> ChangeAsync<T>(
        Func<DirectorySnapshot, Task<DirectoryResult<T>>> change, CancellationToken cancel)
    {
        await _oneChange.WaitAsync(cancel);
        try
        {
            return await change(_current);
        }
        finally
        {
            _oneChange.Release();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "account {Account} added: {Name}")]
        public static partial void AccountAdded(ILogger logger, string account, string name);

        [LoggerMessage(Level = LogLevel.Information, Message = "account {Account} changed: {Status}, {Quota}")]
        public static partial void AccountChanged(
            ILogger logger, string account, AccountStatus status, SendingQuota quota);

        [LoggerMessage(Level = LogLevel.Information, Message = "key {Key} added to account {Account}")]
        public static partial void KeyAdded(ILogger logger, string key, string account);

        [LoggerMessage(Level = LogLevel.Information, Message = "key {Key} revoked")]
        public static partial void KeyRevoked(ILogger logger, string key);

        [LoggerMessage(Level = LogLevel.Information, Message = "domain {Domain} of account {Account} is {Status}")]
        public static partial void DomainAdded(ILogger logger, string domain, string account, DomainStatus status);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Count} DKIM keys added to domain {Domain}")]
        public static partial void DomainKeysAdded(ILogger logger, int count, string domain);

        [LoggerMessage(Level = LogLevel.Information, Message = "domain {Domain} is {Status} now")]
        public static partial void DomainChanged(ILogger logger, string domain, DomainStatus status);

        [LoggerMessage(Level = LogLevel.Information, Message = "DKIM key {Selector} of domain {Domain} is {Status}")]
        public static partial void DomainKeyChanged(
            ILogger logger, string selector, string domain, DomainKeyStatus status);
    }
}
