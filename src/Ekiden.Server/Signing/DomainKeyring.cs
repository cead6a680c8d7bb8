using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Ekiden.Directory;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.Server.Signing;

/// <summary>The DKIM keys of sender domains: makes and imports them, and gives out signers. Thread-safe.</summary>
internal sealed class DomainKeyring(
    AccountDirectory directory, KeySeal seal, Func<SigningOptions> options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, DkimKey> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Made> _signers = new(StringComparer.Ordinal);

    /// <summary>
    /// Two keys for a domain that has none: RSA-2048, and Ed25519 for those who know it (RFC 8463). They wait until
    /// they are seen in DNS, unless the operator vouches for the domain.
    /// </summary>
    public async Task<DirectoryResult<SenderDomain>> EnsureKeysAsync(SenderDomain domain, CancellationToken cancel)
    {
        var isTrusted = domain.Status == DomainStatus.Trusted;
        var result = await directory.AddDomainKeysAsync(
            domain.Name, keys => keys.IsEmpty ? Make(domain.Name, keys, isTrusted) : [], cancel);
        return isTrusted ? await ActivateAsync(domain.Name, cancel) : result;
    }

    /// <summary>New keys beside those in use, which go on signing until the new ones may.</summary>
    /// <param name="trust">The new ones sign at once.</param>
    /// <returns>Done, NotFound, or Invalid: new keys wait already.</returns>
    public async Task<DirectoryResult<SenderDomain>> RotateAsync(string domain, bool trust, CancellationToken cancel)
    {
        if (!trust && directory.Current.FindDomain(domain) is { } found
            && directory.Current.KeysOf(found).Any(key => key.Status == DomainKeyStatus.Pending))
        {
            return new DirectoryResult<SenderDomain>.Invalid(
                "domain", "New keys wait already until they are seen in DNS; --trust activates them");
        }
        var result = await directory.AddDomainKeysAsync(
            domain,
            keys => keys.Any(key => key.Status == DomainKeyStatus.Pending) ? [] : Make(domain, keys, false), cancel);
        return trust && result is DirectoryResult<SenderDomain>.Done ? await ActivateAsync(domain, cancel) : result;
    }

    /// <summary>
    /// Takes over a key that is in use elsewhere, so that its record stays as it is. What was made here for the same
    /// algorithm and nobody has seen yet is put aside.
    /// </summary>
    /// <param name="domain">As registered.</param>
    /// <param name="selector">Where its public half is published.</param>
    /// <param name="text">See <see cref="DkimKey.TryImport"/>.</param>
    /// <param name="trust">It signs at once.</param>
    /// <returns>Done, NotFound, Taken (the selector), or Invalid.</returns>
    public async Task<DirectoryResult<SenderDomain>> ImportAsync(
        string domain, string selector, string text, bool trust, CancellationToken cancel)
    {
        if (!DomainKeyNames.IsSelector(selector))
            return new DirectoryResult<SenderDomain>.Invalid("selector", DomainKeyNames.SelectorRule);
        if (!DkimKey.TryImport(text, out var key, out var why))
            return new DirectoryResult<SenderDomain>.Invalid("private_key", why);
        using (key)
        {
            var made = Describe(key, selector, domain, DomainKeyStatus.Pending);
            var result = await directory.AddDomainKeysAsync(domain, _ => [made], cancel);
            if (result is not DirectoryResult<SenderDomain>.Done) return result;
            var now = clock.GetUtcNow();
            await directory.UpdateDomainKeysAsync(domain, keys => keys
                .Where(other => KeyLife.IsUnseen(other) && other.Selector != selector
                    && KeyLife.IsSameAlgorithm(other.PublicRecord, made.PublicRecord))
                .Select(other => KeyLife.Retire(other, now)), cancel);
            return trust ? await ActivateAsync(domain, cancel) : result;
        }
    }

    /// <summary>
    /// Signs for a domain with all its active keys, and with those of the operator's domain when there is one; null
    /// when the domain has none.
    /// </summary>
    /// <exception cref="CryptographicException">A key cannot be opened with the key file of this server.</exception>
    public DkimSigner? SignerOf(SenderDomain domain, DirectorySnapshot snapshot)
    {
        var keys = snapshot.KeysOf(domain);
        if (keys.IsEmpty) return null;
        var chosen = options();
        var second = chosen.SecondDomain is { } name && name != domain.Name ? snapshot.FindDomain(name) : null;
        var others = second is null ? [] : snapshot.KeysOf(second);
        if (_signers.TryGetValue(domain.Id, out var known) && known.IsFor(keys, others, chosen)) return known.Signer;
        ImmutableArray<DkimIdentity> identities = [.. Identities(keys, domain.Name)];
        var signer = identities.IsEmpty
            ? null
            : new DkimSigner(
                second is null ? identities : [.. identities, .. Identities(others, second.Name)],
                chosen.SignatureLifetime, clock);
        _signers[domain.Id] = new Made(keys, others, chosen, signer);
        return signer;
    }

    private Task<DirectoryResult<SenderDomain>> ActivateAsync(string domain, CancellationToken cancel) =>
        directory.UpdateDomainKeysAsync(domain, keys => KeyLife.Activate(keys, clock.GetUtcNow()), cancel);

    private IEnumerable<DkimIdentity> Identities(ImmutableArray<DomainKey> keys, string domain) =>
        keys.Where(key => key.Status == DomainKeyStatus.Active)
            .Select(key => new DkimIdentity(domain, key.Selector, Open(key, domain)));

    private IReadOnlyList<NewDomainKey> Make(string domain, ImmutableArray<DomainKey> known, bool signsAtOnce)
    {
        var status = signsAtOnce ? DomainKeyStatus.Active : DomainKeyStatus.Pending;
        var day = DomainKeyNames.OfDay(clock.GetUtcNow(), known);
        using var rsa = DkimKey.Generate(DkimAlgorithm.RsaSha256);
        using var ed25519 = DkimKey.Generate(DkimAlgorithm.Ed25519Sha256);
        return [Describe(rsa, $"r{day}", domain, status), Describe(ed25519, $"e{day}", domain, status)];
    }

    private NewDomainKey Describe(DkimKey key, string selector, string domain, DomainKeyStatus status)
    {
        var secret = key.ExportPkcs8();
        try
        {
            var place = DomainKeyNames.PlaceOf(selector, domain);
            return new NewDomainKey(selector, key.PublicRecord, seal.Seal(secret, place), status);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    // Opened once and kept: reading a key costs as much as a signature.
    private DkimKey Open(DomainKey key, string domain) => _keys.GetOrAdd(key.Id, _ =>
    {
        var secret = seal.Open(key.SealedKey.Span, DomainKeyNames.PlaceOf(key.Selector, domain));
        try
        {
            return DkimKey.FromPkcs8(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    });

    private sealed record Made(
        ImmutableArray<DomainKey> Keys, ImmutableArray<DomainKey> Others, SigningOptions Options, DkimSigner? Signer)
    {
        public bool IsFor(ImmutableArray<DomainKey> keys, ImmutableArray<DomainKey> others, SigningOptions options) =>
            Keys == keys && (Others == others || (Others.IsEmpty && others.IsEmpty)) && Options == options;
    }
}
