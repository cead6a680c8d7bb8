using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Directory;

/// <summary>
/// Who may send, at one moment: never changes, so that every step of a request sees the same truth. Lookups touch no
/// disk and take no lock; ask <see cref="AccountDirectory.Current"/> anew for every command or request.
/// </summary>
public sealed class DirectorySnapshot
{
    // Compared with when the user is unknown, so that both ways cost the same (G-R2).
    private static readonly byte[] NoHash = new byte[SHA256.HashSizeInBytes];

    private readonly TimeProvider _clock;
    private readonly byte[] _instanceSecret;
    private ImmutableDictionary<string, Account> _accounts = Empty<Account>(StringComparer.Ordinal);
    private ImmutableDictionary<string, Account> _accountsByName = Empty<Account>(StringComparer.OrdinalIgnoreCase);
    private ImmutableDictionary<string, AccessKey> _keys = Empty<AccessKey>(StringComparer.Ordinal);
    private ImmutableDictionary<string, AccessKey> _keysByUsername = Empty<AccessKey>(StringComparer.OrdinalIgnoreCase);
    private ImmutableDictionary<UInt128, AccessKey> _keysByHash = ImmutableDictionary<UInt128, AccessKey>.Empty;
    private ImmutableDictionary<string, SenderDomain> _domains = Empty<SenderDomain>(StringComparer.Ordinal);
    private ImmutableDictionary<string, ImmutableArray<DomainKey>> _domainKeys =
        Empty<ImmutableArray<DomainKey>>(StringComparer.Ordinal);

    internal DirectorySnapshot(TimeProvider clock, byte[] instanceSecret)
    {
        _clock = clock;
        _instanceSecret = instanceSecret;
    }

    /// <summary>Every account, in no order.</summary>
    public IEnumerable<Account> Accounts => _accounts.Values;

    /// <summary>Every key, revoked and expired ones too, in no order.</summary>
    public IEnumerable<AccessKey> Keys => _keys.Values;

    /// <summary>Every sender domain, in no order.</summary>
    public IEnumerable<SenderDomain> Domains => _domains.Values;

    /// <summary>The account with this id, or with this name in any case; null when there is none.</summary>
    public Account? FindAccount(string nameOrId) =>
        _accounts.GetValueOrDefault(nameOrId) ?? _accountsByName.GetValueOrDefault(nameOrId);

    /// <summary>
    /// The key with this id or user name, also when it does not sign in any more; null when there is none.
    /// </summary>
    public AccessKey? FindKey(string idOrUsername) =>
        _keys.GetValueOrDefault(idOrUsername) ?? _keysByUsername.GetValueOrDefault(idOrUsername);

    /// <summary>The domain as registered, not the one above it; null when there is none.</summary>
    /// <param name="name">In lower case A-labels, as <see cref="Mailbox.Domain"/>.</param>
    public SenderDomain? FindDomain(string name) => _domains.GetValueOrDefault(name);

    /// <summary>
    /// The DKIM keys of a domain, oldest first, those of one moment by selector; empty when it has none.
    /// </summary>
    public ImmutableArray<DomainKey> KeysOf(SenderDomain domain) =>
        _domainKeys.TryGetValue(domain.Id, out var keys) ? keys : [];

    /// <summary>
    /// The key signs in: it is neither revoked nor expired, and its account is active. Asked again during a session,
    /// so that a revocation ends it at the next command (G-R8).
    /// </summary>
    public bool IsUsable(string keyId) => _keys.GetValueOrDefault(keyId) is { } key && IsUsable(key);

    /// <summary>The usable key that this user name and secret prove; null otherwise.</summary>
    /// <remarks>Takes the same time whether the user exists or not.</remarks>
    public AccessKey? FindKeyByPassword(string username, string secret)
    {
        var hash = KeySecret.Hash(secret);
        var key = _keysByUsername.GetValueOrDefault(username);
        var isRight = CryptographicOperations.FixedTimeEquals(hash, key?.SecretHash ?? NoHash);
        return isRight && key is not null && IsUsable(key) ? key : null;
    }

    /// <summary>The usable key with this secret (a bearer token); null otherwise.</summary>
    public AccessKey? FindKeyBySecret(string secret)
    {
        var hash = KeySecret.Hash(secret);
        var key = _keysByHash.GetValueOrDefault(Shorten(hash));
        var isRight = CryptographicOperations.FixedTimeEquals(hash, key?.SecretHash ?? NoHash);
        return isRight && key is not null && IsUsable(key) ? key : null;
    }

    /// <summary>
    /// What a SCRAM-SHA-256 exchange for this user is checked with. When no usable key has the name, the key is null
    /// and the credential is one that no secret fits, the same at every call and after every restart.
    /// </summary>
    public (ScramCredential Credential, AccessKey? Key) FindScram(string username)
    {
        var madeUp = ScramCredential.MakeUp(username, _instanceSecret); // always, so that both ways cost the same
        var key = _keysByUsername.GetValueOrDefault(username);
        return key is not null && IsUsable(key) ? (key.Scram, key) : (madeUp, null);
    }

    /// <summary>
    /// The account may send from addresses of this domain: it, or the nearest domain above it that is registered and
    /// usable, is the account's. A domain thus covers its sub-domains, as DKIM and DMARC alignment do, until one of
    /// them is registered by itself. A single label (<c>localhost</c>, <c>jp</c>) covers nothing below it.
    /// </summary>
    /// <param name="accountId">The account's id.</param>
    /// <param name="domain">In lower case A-labels, as <see cref="Mailbox.Domain"/>.</param>
    public bool MaySend(string accountId, string domain) =>
        _accounts.GetValueOrDefault(accountId) is { Status: AccountStatus.Active }
        && FindCovering(domain)?.AccountId == accountId;

    /// <summary>
    /// The domain by which an address may be sent from, as <see cref="MaySend"/> says it: itself or the nearest one
    /// above it that is registered and usable; null when there is none.
    /// </summary>
    /// <param name="domain">In lower case A-labels, as <see cref="Mailbox.Domain"/>.</param>
    public SenderDomain? FindCovering(string domain)
    {
        for (var name = domain; ;)
        {
            if (_domains.GetValueOrDefault(name) is { IsUsable: true } found) return found;
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0 || name.IndexOf('.', dot + 1) < 0) return null;
            name = name[(dot + 1)..];
        }
    }

    /// <summary>
    /// A secret of this installation for one purpose, 32 bytes: the same after every restart, and for every node that
    /// shares the directory.
    /// </summary>
    /// <param name="purpose">Keeps apart what is signed for one thing from what is signed for another.</param>
    public byte[] DeriveKey(string purpose) =>
        HMACSHA256.HashData(_instanceSecret, Encoding.UTF8.GetBytes("purpose " + purpose));

    internal DirectorySnapshot With(Account account)
    {
        var changed = Copy();
        changed._accounts = _accounts.SetItem(account.Id, account);
        changed._accountsByName = _accountsByName.SetItem(account.Name, account);
        return changed;
    }

    internal DirectorySnapshot With(AccessKey key)
    {
        var changed = Copy();
        changed._keys = _keys.SetItem(key.Id, key);
        changed._keysByUsername = _keysByUsername.SetItem(key.Username, key);
        changed._keysByHash = _keysByHash.SetItem(Shorten(key.SecretHash), key);
        return changed;
    }

    internal DirectorySnapshot With(SenderDomain domain)
    {
        var changed = Copy();
        changed._domains = _domains.SetItem(domain.Name, domain);
        return changed;
    }

    /// <summary>Keys that are new, or as they are from now on.</summary>
    internal DirectorySnapshot With(IEnumerable<DomainKey> keys)
    {
        var changed = Copy();
        foreach (var key in keys)
        {
            var others = changed._domainKeys.TryGetValue(key.DomainId, out var known) ? known : [];
            changed._domainKeys = changed._domainKeys.SetItem(
                key.DomainId,
                [.. others.Where(other => other.Id != key.Id).Append(key)
                    .OrderBy(each => each.CreatedAt).ThenBy(each => each.Selector, StringComparer.Ordinal)]);
        }
        return changed;
    }

    private static ImmutableDictionary<string, T> Empty<T>(StringComparer comparer) =>
        ImmutableDictionary.Create<string, T>(comparer);

    // A secret's hash is random, so half of it is as good a name as all of it; the whole is compared afterwards.
    private static UInt128 Shorten(byte[] hash) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);

    private bool IsUsable(AccessKey key) =>
        key.RevokedAt is null && (key.ExpiresAt is null || key.ExpiresAt > _clock.GetUtcNow())
        && _accounts.GetValueOrDefault(key.AccountId) is { Status: AccountStatus.Active };

    private DirectorySnapshot Copy() => (DirectorySnapshot)MemberwiseClone();
}
