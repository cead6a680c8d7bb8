using Ekiden.Delivery.Attempts;
using Ekiden.Directory;
using Ekiden.Dns;
using Ekiden.Server.Hosting;
using Ekiden.Server.Settings;
using Ekiden.Server.Signing;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Domains;

/// <summary>All that cares for sender domains: keys, the looks at DNS, and the signer of mail.</summary>
internal sealed class DomainServices : IAsyncDisposable
{
    private volatile SigningOptions _signing;
    private volatile SendingFacts _facts;

    public DomainServices(EkidenSettings settings, DomainParts parts)
    {
        _signing = SettingsMapping.ToSigning(settings);
        _facts = SettingsMapping.ToSendingFacts(settings);
        Keyring = new DomainKeyring(parts.Directory, parts.Seal, () => _signing, parts.Clock);
        Signer = new AuthorSigner(parts.Directory, Keyring);
        Keeper = new DomainKeeper(
            parts.Directory, Keyring, () => _signing, new KeeperParts(parts.Resolver, parts.Clock, parts.Logger));
        var inspector = new DomainInspector(
            parts.Directory, parts.Resolver, () => _facts, () => parts.Certificate.Select(null).TargetCertificate,
            parts.Clock);
        Watch = new DomainWatch(parts.Directory, inspector, Keeper, parts.Clock, parts.Logger);
    }

    public DomainKeyring Keyring { get; }

    public IMessageSigner Signer { get; }

    public DomainKeeper Keeper { get; }

    public DomainWatch Watch { get; }

    /// <summary>New settings hold from the next signature and the next look on.</summary>
    public void Reload(EkidenSettings settings)
    {
        _signing = SettingsMapping.ToSigning(settings);
        _facts = SettingsMapping.ToSendingFacts(settings);
    }

    public ValueTask DisposeAsync() => Watch.DisposeAsync();
}

/// <summary>What <see cref="DomainServices"/> stands on.</summary>
internal sealed record DomainParts(
    AccountDirectory Directory, KeySeal Seal, IResolver Resolver, CertificateStore Certificate, TimeProvider Clock,
    ILogger Logger);
