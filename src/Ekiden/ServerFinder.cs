using Ekiden.Toml;
using System.Net;
using Ekiden.Cli;
using Ekiden.Server.Settings;
using Ekiden.Smtp.Server;

namespace Ekiden;

/// <summary>What the commands need to know of the settings to find the running server.</summary>
internal static class ServerFinder
{
    public static ServerSearch Find(string? configPath)
    {
        var result = SettingsFile.Load(configPath, SettingsFile.ProcessEnvironment);
        if (result.Settings is not { } settings)
        {
            var errors = result.Problems.Where(problem => problem.Severity == SettingsSeverity.Error);
            return new ServerSearch.NotFound(string.Join('\n', errors));
        }
        return new ServerSearch.Found(
            settings.Server.DataDirectory, settings.Http.Address, settings.Http.Certificate is not null,
            settings.Server.HostName, [.. settings.Listeners.Where(IsForThisMachine).Select(ToLoopback)]);
    }

    private static bool IsForThisMachine(ListenerSettings listener) =>
        listener is { Role: ListenerRole.Relay, Tls: not ListenerTls.Implicit }
        && (IPAddress.IsLoopback(listener.Address.Address) || listener.Address.Address.Equals(IPAddress.Any)
            || listener.Address.Address.Equals(IPAddress.IPv6Any));

    private static IPEndPoint ToLoopback(ListenerSettings listener) => listener.Address.Address switch
    {
        var any when any.Equals(IPAddress.Any) => new IPEndPoint(IPAddress.Loopback, listener.Address.Port),
        var any when any.Equals(IPAddress.IPv6Any) => new IPEndPoint(IPAddress.IPv6Loopback, listener.Address.Port),
        _ => listener.Address,
    };
}
