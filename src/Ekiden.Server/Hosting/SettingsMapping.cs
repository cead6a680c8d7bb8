using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using Ekiden.Delivery;
using Ekiden.Delivery.Bounces;
using Ekiden.Delivery.Providers;
using Ekiden.Delivery.Routes;
using Ekiden.Dns;
using Ekiden.Server.Domains;
using Ekiden.Server.Settings;
using Ekiden.Server.Signing;
using Ekiden.Smtp.Server;
using Ekiden.Submission;
using Ekiden.Submission.Returns;

namespace Ekiden.Server.Hosting;

/// <summary>What each part of the server is told of the settings file.</summary>
internal static class SettingsMapping
{
    public static SmtpServerOptions ToSmtp(
        EkidenSettings settings, Func<string?, SslStreamCertificateContext> certificate) =>
        new()
        {
            HostName = settings.Server.HostName,
            Limits = ToLimits(settings.Limits),
            Listeners =
            [
                .. settings.Listeners.Select(listener => new ListenerOptions
                {
                    Name = listener.Name,
                    EndPoint = listener.Address,
                    Role = listener.Role,
                    Tls = listener.Tls,
                    Allow = listener.Allow,
                    Proxies = listener.TrustedProxies,
                    AllowPlaintextAuth = listener.AllowPlaintextAuth,
                    Certificate = listener.Tls == ListenerTls.None ? null : certificate,
                }),
            ],
        };

    public static SessionLimits ToLimits(LimitsSettings limits) => new()
    {
        MaxMessage = limits.MaxMessage,
        MaxLine = limits.MaxLine,
        MaxRecipients = limits.MaxRecipients,
        MaxTransactions = limits.MaxTransactions,
        ErrorsClose = limits.ErrorsClose,
        BareNewlineSilence = limits.BareNewlineSilence,
        BannerDelay = limits.BannerDelay,
        CommandTimeout = limits.CommandTimeout,
        DataTimeout = limits.DataTimeout,
        AuthFailuresPerMinute = limits.AuthFailuresPerMinute,
    };

    /// <param name="installationId">This installation's own word.</param>
    /// <param name="returnKey">What return addresses are signed with.</param>
    public static IntakeOptions ToIntake(EkidenSettings settings, string installationId, byte[] returnKey)
    {
        var streams = IntakeOptions.DefaultStreams.ToDictionary(StringComparer.Ordinal);
        foreach (var stream in settings.Streams)
        {
            streams[stream.Name] = stream.ExpiresAfter
                ?? IntakeOptions.DefaultStreams[stream.IsBulk ? "bulk" : "transactional"];
        }
        return new IntakeOptions
        {
            HostName = settings.Server.HostName,
            InstallationId = installationId,
            Local = new LocalDomains(settings.Local.Domains, settings.Local.Recipients),
            Lifetime = settings.Delivery.Lifetime,
            HidesClients = settings.Server.Received == ReceivedDetail.Minimal,
            Streams = streams.ToFrozenDictionary(StringComparer.Ordinal),
            Returns = settings.Bounce.Domain is { } domain ? new ReturnAddresses(domain, returnKey) : null,
            RewritesSmtp = settings.Bounce.RewritesSmtp,
        };
    }

    public static Dictionary<string, string> ToListenerAccounts(EkidenSettings settings) =>
        settings.Listeners.ToDictionary(
            listener => listener.Name, listener => listener.Account, StringComparer.Ordinal);

    /// <param name="listeners">Where our own listeners are bound: mail must not come back in there.</param>
    /// <param name="before">The provider packs in force: one whose new file has errors stays.</param>
    public static DeliveryOptions ToDelivery(
        EkidenSettings settings, ImmutableArray<IPEndPoint> listeners, ProviderPacks before) => new()
        {
            Routes = new RouteOptions
            {
                HostName = settings.Server.HostName,
                Routes = [.. settings.Routes.Select(ToRoute)],
                LocalDomains = settings.Local.Domains,
                MxPort = settings.Delivery.MxPort,
                Packs = ProviderPacks.WithFiles(settings.Delivery.ProviderPacks, before),
                AllowTargets = settings.Delivery.AllowTargets,
                Listeners = listeners,
                OwnAddresses = OwnAddresses(settings),
                Sources = [.. settings.Egress.Select(ToSource)],
            },
            Retry = settings.Delivery.Retry,
            BulkStreams = settings.Streams.Where(stream => stream.IsBulk).Select(stream => stream.Name)
                .Append("bulk").ToFrozenSet(StringComparer.Ordinal),
            MaxConnections = settings.Delivery.MaxConnections ?? ConnectionBudgetOfProcess(),
            Notices = new NoticeOptions { Language = settings.Bounce.Language },
        };

    /// <summary>How mail is signed.</summary>
    public static SigningOptions ToSigning(EkidenSettings settings) => new()
    {
        SignatureLifetime = settings.Dkim.SignatureLifetime,
        SecondDomain = settings.Dkim.SecondDomain,
        RotateEvery = settings.Dkim.RotateEvery,
    };

    /// <summary>What the world sees of us when we send.</summary>
    public static SendingFacts ToSendingFacts(EkidenSettings settings) => new(
        settings.Egress.IsEmpty
            ? [new SendingHost(settings.Server.HostName, null)]
            : [.. settings.Egress.Select(egress => new SendingHost(egress.HostName, egress.PublicAddress))],
        settings.Dns.Blocklists);

    /// <summary>Where requests to addresses that strangers choose may go.</summary>
    public static AddressRanges ToTargets(EkidenSettings settings) =>
        new(OwnAddresses(settings), settings.Delivery.AllowTargets);

    private static StaticRoute ToRoute(StaticRouteSettings route) => new()
    {
        Match = route.Match,
        Hosts = [.. route.Hosts.Select(host => new RouteTarget(host.Host, host.Port))],
        Tls = route.Tls,
        Credential = route.Username is { } user ? new NetworkCredential(user, route.Password?.Read()) : null,
        Limits = LaneLimits.Default with
        {
            Connections = route.Connections,
            MessagesPerSecond = route.Rate,
            MessagesPerConnection = route.MessagesPerConnection,
        },
        Store = route.Store,
    };

    private static EgressSource ToSource(EgressSettings egress) => new(
        egress.Name, egress.HostName,
        egress.Address.AddressFamily == AddressFamily.InterNetwork ? egress.Address : null,
        egress.Address.AddressFamily == AddressFamily.InterNetworkV6 ? egress.Address : null);

    // Mail that would go to one of these would come back to us (F-R2).
    private static ImmutableArray<IPAddress> OwnAddresses(EkidenSettings settings) =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(device => device.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => !IPAddress.IsLoopback(address))
            .Concat(settings.Egress.Select(egress => egress.PublicAddress))
            .Distinct(),
    ];

    // DESIGN §9.2: from the open-file limit; the other half is for clients and the journal.
    private static int ConnectionBudgetOfProcess() => Math.Max(64, OpenFileLimit.RoomForConnections());
}
