using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Ekiden.Delivery;
using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Lanes;
using Ekiden.Delivery.Providers;
using Ekiden.Delivery.Queue;
using Ekiden.Directory;
using Ekiden.Directory.Suppressions;
using Ekiden.Dns;
using Ekiden.Server.Api;
using Ekiden.Server.Api.Suppressions;
using Ekiden.Server.Domains;
using Ekiden.Server.Hosting.Returns;
using Ekiden.Server.Settings;
using Ekiden.Server.Signing;
using Ekiden.Smtp.Client;
using Ekiden.Spool;
using Ekiden.Submission;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Hosting;

/// <summary>Everything behind the listeners, in the order in which it comes up.</summary>
internal sealed class ServerParts : IAsyncDisposable
{
    private readonly DeliveryQueue _queue;
    private readonly DnsResolver _resolver;
    private readonly DnsResolver _freshResolver;
    private readonly HttpClient _outside;
    private readonly DeliveryMetrics _deliveryMetrics;
    private readonly SpoolMetrics _spoolMetrics;
    private readonly ApiCallers _callers;
    private readonly DomainServices _domains;
    private readonly ReturnIntake _returns;
    private readonly string _hostName;
    private readonly TimeProvider _clock;
    private SendingParts? _sending;
    private EventParts? _events;
    private TaskCompletionSource? _filled;

    private ServerParts(EkidenSettings settings, DataDirectory data, Opened opened, ILoggerFactory loggers,
        TimeProvider clock)
    {
        _clock = clock;
        _queue = opened.Queue;
        Directory = opened.Directory;
        Suppressions = opened.Suppressions;
        Journal = opened.Journal;
        Certificate = opened.Certificate;
        Intake = new Intake(
            Journal, Directory, SettingsMapping.ToIntake(settings, data.InstallationId(), ReturnKey), clock,
                loggers.CreateLogger<Intake>())
        { Suppressions = opened.Suppressions };
        _returns = new ReturnIntake(clock, loggers.CreateLogger<ReturnIntake>());
        Receiver = new IntakeReceiver(
            Intake, Directory, new ListenerAccounts(SettingsMapping.ToListenerAccounts(settings)), _returns);
        var resolving = new ResolverOptions
        {
            Servers = settings.Dns.Servers,
            TrustAuthenticatedData = settings.Dns.TrustsAuthenticData,
        };
        _resolver = new DnsResolver(resolving, clock);
        // Who has just published a record wants to see it: nothing is kept.
        _freshResolver = new DnsResolver(resolving with { MaxCachedAnswers = 0 }, clock);
        _outside = SafeHttp.Create(_resolver, SettingsMapping.ToTargets(settings));
        _deliveryMetrics = new DeliveryMetrics(this);
        _spoolMetrics = new SpoolMetrics(Journal, clock, this);
        _callers = new ApiCallers(Directory, data.AdminToken());
        _hostName = settings.Server.HostName;
        _domains = new DomainServices(settings, new DomainParts(
            Directory, new KeySeal(data.SealingKey()), _freshResolver, Certificate, clock,
            loggers.CreateLogger<DomainServices>()));
        var options = SettingsMapping.ToDelivery(settings, [], ProviderPacks.BuiltIn);
        Delivery = new DeliveryService(options, new DeliveryParts
        {
            Queue = _queue,
            Journal = Journal,
            Resolver = _resolver,
            Connector = new SocketConnector(
                new SmtpConnector(clock, loggers.CreateLogger<SmtpConnector>()), new SmtpClientOptions()),
            Suppressions = opened.Suppressions,
            Signer = _domains.Signer,
            NoticeIntake = new NoticeIntake(Intake, clock),
            PolicyClient = _outside,
            SecurityDirectory = data.PathOf("security"),
            LaneStore = opened.LaneStore,
            Remembered = opened.Remembered,
            Clock = clock,
            Random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue)),
            Metrics = _deliveryMetrics,
            Logger = loggers.CreateLogger<DeliveryService>(),
        });
    }

    public AccountDirectory Directory { get; }

    /// <summary>Who must not be mailed.</summary>
    public SuppressionList Suppressions { get; }

    /// <summary>What return addresses are signed with.</summary>
    public byte[] ReturnKey => Directory.Current.DeriveKey("return addresses");

    public FileJournal Journal { get; }

    public Intake Intake { get; }

    public IntakeReceiver Receiver { get; }

    public CertificateStore Certificate { get; }

    public DeliveryService Delivery { get; }

    public EventParts Events => _events ?? throw new InvalidOperationException("Not opened");

    private SendingParts Sending => _sending ?? throw new InvalidOperationException("Not opened");

    /// <summary>Opens directory and journal; the journal's replay fills the queue.</summary>
    public static async Task<ServerParts> OpenAsync(
        EkidenSettings settings, DataDirectory data, ILoggerFactory loggers, TimeProvider clock,
            CancellationToken cancel)
    {
        var certificate = new CertificateStore(settings, data, clock, loggers.CreateLogger<CertificateStore>());
        // Side by side: the one waits for its libraries, the other for the disk.
        var opening = Task.Run(
            () => FileJournal.Open(new JournalOptions(data.PathOf("spool")), clock, loggers), CancellationToken.None);
        AccountDirectory directory;
        try
        {
            directory = await AccountDirectory.OpenAsync(
                data.PathOf(AccountDirectory.FileName), clock, RandomNumberGenerator.Create(),
                loggers.CreateLogger<AccountDirectory>(), cancel);
        }
        catch
        {
            await (await opening).DisposeAsync();
            throw;
        }
        try
        {
            var lanes = new LaneStore(directory, clock);
            var remembered = await lanes.LoadAsync(cancel);
            var opened = new Opened(
                certificate, directory, new DeliveryQueue(clock), await opening, lanes, remembered,
                SuppressionList.Open(data.PathOf(SuppressionList.FileName), clock));
            var parts = new ServerParts(settings, data, opened, loggers, clock);
            parts._events = EventParts.Open(
                data, parts.Journal, () => parts.Delivery.Packs, parts, (clock, loggers));
            parts._returns.Listener = new ReturnEvents(parts._events.Log);
            parts._sending = await SendingParts.OpenAsync(
                settings, data, parts.Journal, parts.Intake, clock, loggers, cancel);
            return parts;
        }
        catch
        {
            await directory.DisposeAsync();
            throw;
        }
    }

    /// <summary>The routes of the HTTP API.</summary>
    public void MapRoutes(IEndpointRouteBuilder routes) => ApiRoutes.Map(
        routes, _callers, new RateLimits(_clock), new HealthEndpoints(Journal),
        Sending.Map,
        Events.Map,
        new SuppressionEndpoints(Suppressions, Events.Log, Directory, _clock).Map,
        new QueueEndpoints(Journal, Directory, _clock, Delivery).Map,
        new LaneEndpoints(Delivery, _clock).Map,
        new AccountEndpoints(Directory).Map,
        new DomainEndpoints(Directory, _domains, _hostName).Map);

    /// <summary>
    /// Delivery begins, and the queue is told of everybody who waits: a second for a million, in which new mail is
    /// taken already.
    /// </summary>
    public void StartDelivery(ImmutableArray<IPEndPoint> listeners, EkidenSettings settings)
    {
        Delivery.Reload(SettingsMapping.ToDelivery(settings, listeners, Delivery.Packs));
        Delivery.Start();
        _domains.Watch.Start();
        Sending.Start();
        _filled = new TaskCompletionSource();
        ThreadPool.UnsafeQueueUserWorkItem(static parts => parts.FillQueue(), this, preferLocal: false);
    }

    /// <summary>Takes new settings; those of Intake and of the listeners are the caller's.</summary>
    public void Reload(EkidenSettings settings, ImmutableArray<IPEndPoint> listeners)
    {
        Delivery.Reload(SettingsMapping.ToDelivery(settings, listeners, Delivery.Packs));
        _domains.Reload(settings);
    }

    /// <summary>Delivery first: its results must find an open journal.</summary>
    public async ValueTask DisposeAsync()
    {
        await _domains.DisposeAsync();
        await Delivery.DisposeAsync();
        if (_filled is { } filled) await filled.Task;
        if (_sending is { } sending) await sending.DisposeAsync();
        if (_events is { } events) await events.DisposeAsync();
        await Journal.DisposeAsync();
        await Suppressions.DisposeAsync();
        await Directory.DisposeAsync();
        _queue.Dispose();
        _spoolMetrics.Dispose();
        _deliveryMetrics.Dispose();
        _outside.Dispose();
        _resolver.Dispose();
        _freshResolver.Dispose();
    }

    private void FillQueue()
    {
        Journal.Attach(_queue);
        _filled!.SetResult(); // made before this was asked for
    }

    private sealed record Opened(
        CertificateStore Certificate, AccountDirectory Directory, DeliveryQueue Queue, FileJournal Journal,
        LaneStore LaneStore, ImmutableArray<RememberedLane> Remembered, SuppressionList Suppressions);
}
