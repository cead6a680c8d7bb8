using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Ekiden.Directory;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.Server.Signing;

/// <summary>The DKIM keys of sender domains: makes them, and gives out signers. Thread-safe.</summary>
internal sealed class DomainKeyring(AccountDirectory directory, KeySeal seal, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, DkimKey> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Made> _signers = new(StringComparer.Ordinal);

    /// <summary>Two keys for a domain that has none: RSA-2048, and Ed25519 for those who know it (RFC 8463).</summary>
    public Task<DirectoryResult<SenderDomain>> EnsureKeysAsync(SenderDomain domain, CancellationToken cancel) =>
        directory.EnsureDomainKeysAsync(domain.Name, () => Make(domain.Name), cancel);

    /// <summary>Signs for a domain with all its active keys; null when it has none.</summary>
    /// <exception cref="CryptographicException">A key cannot be opened with the key file of this server.</exception>
    public DkimSigner? SignerOf(SenderDomain domain, DirectorySnapshot snapshot)
    {
        var keys = snapshot.KeysOf(domain);
        if (keys.IsEmpty) return null;
        if (_signers.TryGetValue(domain.Id, out var known) && known.Keys == keys) return known.Signer;
        var identities = keys.Where(key => key.Status == DomainKeyStatus.Active)
            .Select(key => new DkimIdentity(domain.Name, key.Selector, Open(key, domain.Name))).ToImmutableArray();
        var signer = identities.IsEmpty ? null : new DkimSigner(identities, lifetime: null, clock);
        _signers[domain.Id] = new Made(keys, signer);
        return signer;
    }

    /// <summary>Where the public half of a key is published.</summary>
    public static string NameOf(string selector, string domain) => $"{selector}._domainkey.{domain}";

    private IReadOnlyList<NewDomainKey> Make(string domain)
    {
        var day = clock.GetUtcNow().ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        return [Make(DkimAlgorithm.RsaSha256, $"r{day}", domain), Make(DkimAlgorithm.Ed25519Sha256, $"e{day}", domain)];
    }

    private NewDomainKey Make(DkimAlgorithm algorithm, string selector, string domain)
    {
        using var key = DkimKey.Generate(algorithm);
        var secret = key.ExportPkcs8();
        try
        {
            return new NewDomainKey(selector, key.PublicRecord, seal.Seal(secret, NameOf(selector, domain)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    // Opened once and kept: reading a key costs as much as a signature.
    private DkimKey Open(DomainKey key, string domain) => _keys.GetOrAdd(key.Id, _ =>
    {
        var secret = seal.Open(key.SealedKey.Span, NameOf(key.Selector, domain));
        try
        {
            return DkimKey.FromPkcs8(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    });

    private sealed record Made(ImmutableArray<DomainKey> Keys, DkimSigner? Signer);
}
