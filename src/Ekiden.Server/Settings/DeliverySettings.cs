using System.Collections.Immutable;
using System.Net;
using Ekiden.Delivery.Providers;
using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary><c>[delivery]</c>: how long and how often we try.</summary>
public sealed record DeliverySettings
{
    /// <summary><c>max_connections</c> of the whole process; null: from the open-file limit and memory.</summary>
    public int? MaxConnections { get; init; }

    /// <summary><c>lifetime</c>: how long a recipient is tried. Default: 5 days (RFC 5321 §4.5.4.1).</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5);

    /// <summary>
    /// <c>retry</c>: the waits between attempts, the last one for ever. Empty: the schedule of DESIGN §11.
    /// </summary>
    public ImmutableArray<TimeSpan> Retry { get; init; } = [];

    /// <summary><c>mx_port</c>: the port of MX hosts. Default: 25.</summary>
    public int MxPort { get; init; } = 25;

    /// <summary><c>allow_targets</c>: networks that MX hosts may be in although they are private or loopback.</summary>
    public ImmutableArray<IPNetwork> AllowTargets { get; init; } = [];

    /// <summary>
    /// <c>provider_packs</c>: the files of that folder, which stand beside and instead of the packs of the program.
    /// </summary>
    public ImmutableArray<PackFile> ProviderPacks { get; init; } = [];

    internal static DeliverySettings Read(SettingsSection section, string folder)
    {
        var settings = new DeliverySettings
        {
            MaxConnections = section.FindValue("max_connections", SettingsForms.Whole(1)),
            Lifetime = section.Get("lifetime", SettingsForms.Duration, TimeSpan.FromDays(5)),
            Retry = section.List("retry", SettingsForms.Duration),
            MxPort = section.Get("mx_port", SettingsForms.Whole(1, 65535), 25),
            AllowTargets = section.List("allow_targets", SettingsForms.Network),
            ProviderPacks = section.Find("provider_packs", SettingsForms.Text) is { } packs
                ? PackFile.ReadFolder(Path.GetFullPath(packs, folder), section.Problems) : [],
        };
        if (settings.Lifetime <= TimeSpan.Zero) section.Error("lifetime", "must be longer than nothing");
        if (settings.Retry.Any(wait => wait <= TimeSpan.Zero))
            section.Error("retry", "every wait must be longer than nothing");
        section.Finish();
        return settings;
    }
}
