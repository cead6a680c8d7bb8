using System.Collections.Immutable;
using System.Net;
using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary><c>[dns]</c>: whom we ask.</summary>
public sealed record DnsSettings
{
    /// <summary><c>servers</c>; empty: the system's.</summary>
    public ImmutableArray<IPEndPoint> Servers { get; init; } = [];

    /// <summary>
    /// <c>dnssec</c> is <c>trust-ad</c>: the servers validate, and their AD bit is believed. Default: off.
    /// </summary>
    public bool TrustsAuthenticData { get; init; }

    /// <summary>
    /// <c>blocklists</c>: zones that are asked whether they list our addresses. Default: none, as some forbid it.
    /// </summary>
    public ImmutableArray<string> Blocklists { get; init; } = [];

    internal static DnsSettings Read(SettingsSection section)
    {
        var settings = new DnsSettings
        {
            Servers = section.List("servers", SettingsForms.NameServer),
            TrustsAuthenticData = section.Get("dnssec", SettingsForms.OneOf(("off", false), ("trust-ad", true)), false),
            Blocklists = section.List("blocklists", SettingsForms.Domain),
        };
        section.Finish();
        // reliability.md I-R5: on the way from another host the bit can be forged.
        if (settings.TrustsAuthenticData && !settings.Servers.All(server => IPAddress.IsLoopback(server.Address)))
            section.Warn("dnssec", "the AD bit counts only from servers on loopback; others' is not believed");
        return settings;
    }
}
