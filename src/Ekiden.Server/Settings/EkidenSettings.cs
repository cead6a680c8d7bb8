using System.Collections.Immutable;
using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary>
/// Everything the settings file says: the facts of this node (DESIGN §9.2). Never changes; a reload makes a new one.
/// </summary>
public sealed record EkidenSettings
{
    /// <summary><c>[server]</c>.</summary>
    public required ServerSettings Server { get; init; }

    /// <summary><c>[[listener]]</c>: those that speak SMTP; at least one.</summary>
    public required ImmutableArray<ListenerSettings> Listeners { get; init; }

    /// <summary><c>[http]</c>.</summary>
    public required HttpSettings Http { get; init; }

    /// <summary><c>[tls]</c> certificate and key; null: a self-signed certificate is made.</summary>
    public CertificateSource? Tls { get; init; }

    /// <summary><c>[dns]</c>.</summary>
    public required DnsSettings Dns { get; init; }

    /// <summary><c>[dkim]</c>.</summary>
    public DkimSettings Dkim { get; init; } = new();

    /// <summary><c>[[egress]]</c>; empty: the system's default address.</summary>
    public ImmutableArray<EgressSettings> Egress { get; init; } = [];

    /// <summary><c>[[pool]]</c>.</summary>
    public ImmutableArray<PoolSettings> Pools { get; init; } = [];

    /// <summary><c>[bounce]</c>.</summary>
    public required BounceSettings Bounce { get; init; }

    /// <summary><c>[links] host_name</c>; null when there is none.</summary>
    public string? LinksHostName { get; init; }

    /// <summary><c>[[stream]]</c>.</summary>
    public ImmutableArray<StreamSettings> Streams { get; init; } = [];

    /// <summary><c>[[route]]</c>, in the order of the file: the first that matches wins.</summary>
    public ImmutableArray<StaticRouteSettings> Routes { get; init; } = [];

    /// <summary><c>[local]</c>.</summary>
    public required LocalSettings Local { get; init; }

    /// <summary><c>[delivery]</c>.</summary>
    public required DeliverySettings Delivery { get; init; }

    /// <summary><c>[limits]</c>.</summary>
    public required LimitsSettings Limits { get; init; }

    /// <summary>Reads every section, and says everything that is wrong.</summary>
    /// <param name="folder">What relative paths start from.</param>
    internal static EkidenSettings Read(SettingsSection root, string folder)
    {
        var server = ServerSettings.Read(root.Section("server"), folder);
        var egress = ReadAll(
            root, "egress", section => EgressSettings.Read(section, server.HostName), item => item.Name);
        var pools = ReadAll(root, "pool",
            section => PoolSettings.Read(section, [.. egress.Select(item => item.Name)]), item => item.Name);
        var settings = new EkidenSettings
        {
            Server = server,
            Listeners = ReadAll(root, "listener", ListenerSettings.Read, item => item.Name),
            Http = HttpSettings.Read(root.Section("http")),
            Tls = ReadTls(root.Section("tls")),
            Dns = DnsSettings.Read(root.Section("dns")),
            Dkim = DkimSettings.Read(root.Section("dkim")),
            Egress = egress,
            Pools = pools,
            Bounce = BounceSettings.Read(root.Section("bounce")),
            LinksHostName = ReadLinks(root.Section("links")),
            Streams = ReadAll(root, "stream",
                section => StreamSettings.Read(section, [.. pools.Select(item => item.Name)]), item => item.Name),
            Routes = ReadAll(root, "route", StaticRouteSettings.Read, name: null),
            Local = LocalSettings.Read(root.Section("local")),
            Delivery = DeliverySettings.Read(root.Section("delivery"), folder),
            Limits = LimitsSettings.Read(root.Section("limits")),
        };
        ReadDatabase(root.Section("database"));
        root.Finish();
        settings.CheckWhole(root);
        return settings;
    }

    private void CheckWhole(SettingsSection root)
    {
        if (!root.Has("listener"))
            root.Error("listener", "is missing: nobody can hand in mail by SMTP; expected [[listener]]");
        foreach (var domain in Local.Domains)
        {
            if (!Routes.Any(route => route.Matches(domain)))
                root.Warn("local", $"{domain} has no [[route]]: mail for it waits");
        }
        foreach (var listener in Listeners)
        {
            if (listener.Role == Smtp.Server.ListenerRole.Inbound && Local.Domains.IsEmpty)
                root.Warn("listener", $"{listener.Name} takes mail for nobody without [local] domains");
        }
    }

    private static CertificateSource? ReadTls(SettingsSection section)
    {
        var certificate = CertificateSource.Read(section);
        section.Finish();
        return certificate;
    }

    private static string? ReadLinks(SettingsSection section)
    {
        var hostName = section.Find("host_name", SettingsForms.Domain);
        section.NotYet("host_name", "unsubscribe and tracking links");
        section.Finish();
        return hostName;
    }

    private static void ReadDatabase(SettingsSection section)
    {
        var url = section.Get("url", SettingsForms.Text, "sqlite");
        if (url.StartsWith("postgres://", StringComparison.Ordinal))
            section.NotYet("url", "SQLite is used until there is PostgreSQL");
        else if (url != "sqlite") section.Error("url", "expected \"sqlite\" or \"postgres://…\"");
        section.Finish();
    }

    private static ImmutableArray<T> ReadAll<T>(
        SettingsSection root, string key, Func<SettingsSection, T?> read, Func<T, string>? name)
        where T : class
    {
        var all = ImmutableArray.CreateBuilder<T>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var section in root.Sections(key))
        {
            if (read(section) is not { } item) continue;
            if (name is not null && !names.Add(name(item)))
                section.Error("name", $"there is another [[{key}]] with the name \"{name(item)}\"");
            all.Add(item);
        }
        return all.ToImmutable();
    }
}
