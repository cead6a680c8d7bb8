using System.Net;
using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary>One <c>[[egress]]</c>: an address that mail leaves from.</summary>
public sealed record EgressSettings
{
    /// <summary><c>name</c>, unique.</summary>
    public required string Name { get; init; }

    /// <summary><c>address</c>: an address of this machine.</summary>
    public required IPAddress Address { get; init; }

    /// <summary><c>public_address</c>: what the world sees behind NAT. Default: <see cref="Address"/>.</summary>
    public required IPAddress PublicAddress { get; init; }

    /// <summary><c>host_name</c>: what EHLO says from here. Default: the server's.</summary>
    public required string HostName { get; init; }

    internal static EgressSettings? Read(SettingsSection section, string serverName)
    {
        var name = section.Require("name", SettingsForms.Text);
        var address = section.Require("address", SettingsForms.Address);
        var publicAddress = section.Find("public_address", SettingsForms.Address);
        var hostName = section.Get("host_name", SettingsForms.Domain, serverName);
        section.Finish();
        return name is null || address is null ? null : new EgressSettings
        {
            Name = name,
            Address = address,
            PublicAddress = publicAddress ?? address,
            HostName = hostName,
        };
    }
}
