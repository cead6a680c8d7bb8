using System.Net;
using Ekiden.Delivery.Bounces;
using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Queue;
using Ekiden.Delivery.Routes;
using Ekiden.Dns;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Ekiden.Spool;
using Ekiden.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>Delivery over real connections and real TLS to a receiver on loopback; its domain is d.test.</summary>
internal sealed class TlsWorld : IAsyncDisposable, INoticeIntake
{
    private readonly DeliveryMetrics _metrics = new();
    private readonly DeliveryQueue _queue;
    private readonly HttpMessageHandler? _policyServer;

    private TlsWorld(FakeMx mx, TestAuthority authority, TlsWorldOptions options)
    {
        Mx = mx;
        _policyServer = options.Policy is { } text ? new PolicyServer(text) : null;
        Resolver = options.Resolver
            ?? new FakeResolver(DefaultZone(mx, options)) { IsAuthenticated = options.IsSigned };
        _queue = new DeliveryQueue(Clock);
        Journal = new MemoryJournal(_queue, Clock);
        Service = new DeliveryService(
            new DeliveryOptions
            {
                Routes = new RouteOptions
                {
                    HostName = "relay.test",
                    MxPort = mx.Address.Port,
                    AllowTargets = [IPNetwork.Parse("127.0.0.0/8")],
                    Routes = options.RouteLevel is { } level ? [RouteTo(mx, level)] : [],
                },
            },
            Parts(authority));
        Service.Start();
    }

    public FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());

    public FakeMx Mx { get; }

    public IResolver Resolver { get; }

    public MemoryJournal Journal { get; }

    public DeliveryService Service { get; }

    public List<Notice> Notices { get; } = [];

    public static TlsWorld Start(FakeMxPolicy receiver, TestAuthority authority, TlsWorldOptions options) =>
        new(FakeMx.Start(receiver), authority, options);

    /// <summary>With a receiver that exists already; the world ends it.</summary>
    public static TlsWorld Start(FakeMx mx, TestAuthority authority, TlsWorldOptions options) =>
        new(mx, authority, options);

    /// <summary>The policy of an MTA-STS mode that names the receiver.</summary>
    public static string Policy(string mode, string host = "mx.d.test") =>
        $"version: STSv1\nmode: {mode}\nmx: {host}\nmax_age: 604800\n";

    /// <summary>Sends one message and says how it went: clear, encrypted, verified, waits, fails.</summary>
    public async Task<string> SendAsync(bool requireTls = false, string to = "anna@d.test")
    {
        var attempt = await AttemptAsync(requireTls, to);
        return attempt.Results[0].Outcome switch
        {
            DeliveryOutcome.Delivered when attempt.Details.TlsVerified => "verified",
            DeliveryOutcome.Delivered => Mx.Taken.Last().IsEncrypted ? "encrypted" : "clear",
            DeliveryOutcome.Deferred { Reason: DeferralReason.Tls } waits => $"waits {waits.Status}",
            DeliveryOutcome.Deferred waits => $"waits {waits.Reason} {waits.Status}",
            DeliveryOutcome.Failed failed => $"fails {failed.Status}",
            var other => throw new InvalidOperationException($"an outcome of no known kind: {other}"),
        };
    }

    /// <summary>Sends one message and returns its first attempt.</summary>
    public async Task<JournalEntry.Attempted> AttemptAsync(bool requireTls, string to)
    {
        var message = Message(to, requireTls);
        Journal.Commit(DeliveryWorld.Entry(message));
        JournalEntry.Attempted? attempt = null;
        await Journal.WaitForAsync(history => (attempt = history.OfType<JournalEntry.Attempted>()
            .FirstOrDefault(entry => entry.Message == message.Id)) is not null)
            .WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        return attempt!;
    }

    public ValueTask<JournalEntry.Accepted> PrepareAsync(Notice notice, CancellationToken cancel)
    {
        lock (Notices) Notices.Add(notice);
        return new(DeliveryWorld.Entry(Message("sender@nowhere.test", false) with
        {
            Id = notice.Id,
            Origin = MessageOrigin.Notice,
            NoticeAbout = notice.About.Id,
        }));
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Mx.DisposeAsync();
        _queue.Dispose();
        _metrics.Dispose();
        _policyServer?.Dispose();
    }

    private static StaticRoute RouteTo(FakeMx mx, TlsLevel level) => new()
    {
        Match = "*",
        Tls = level,
        Hosts = [new RouteTarget("mx.d.test", mx.Address.Port)],
    };

    private static string[] DefaultZone(FakeMx mx, TlsWorldOptions options) =>
    [
        "d.test MX 10 mx.d.test",
        "mx.d.test A 127.0.0.1",
        .. options.Policy is null ? [] : (string[])["_mta-sts.d.test TXT v=STSv1; id=1;"],
        .. options.Tlsa is null ? [] : (string[])[$"_{mx.Address.Port}._tcp.mx.d.test TLSA {options.Tlsa}"],
        .. options.Lines,
    ];

    private AcceptedMessage Message(string to, bool requireTls) => new()
    {
        Id = MessageId.Create(TimeProvider.System),
        AcceptedAt = Clock.GetUtcNow(),
        Envelope = new Envelope(
            DeliveryWorld.Address("sender@example.org"), [new EnvelopeRecipient(DeliveryWorld.Address(to))])
        {
            RequireTls = requireTls,
        },
        Origin = MessageOrigin.Relay,
        Account = "default",
        Stream = "transactional",
        ExpiresAt = Clock.GetUtcNow() + TimeSpan.FromDays(5),
    };

    private DeliveryParts Parts(TestAuthority authority) => new()
    {
        Queue = _queue,
        Journal = Journal,
        Resolver = Resolver,
        Connector = new SocketConnector(
            new SmtpConnector(TimeProvider.System, NullLogger<SmtpConnector>.Instance),
            new SmtpClientOptions { TrustedRoots = authority.Roots }),
        NoticeIntake = this,
        PolicyClient = _policyServer is null ? null : new HttpClient(_policyServer, disposeHandler: false),
        Clock = Clock,
        Random = new Random(7),
        Metrics = _metrics,
        Logger = NullLogger<DeliveryService>.Instance,
    };

    private sealed class PolicyServer(string text) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel) =>
            Task.FromResult(StsWorld.Text(text));
    }
}

/// <summary>What a <see cref="TlsWorld"/> is made of.</summary>
internal sealed record TlsWorldOptions
{
    /// <summary>DNSSEC vouches for everything.</summary>
    public bool IsSigned { get; init; }

    /// <summary>The data of a TLSA record of the receiver; null for none.</summary>
    public string? Tlsa { get; init; }

    /// <summary>The MTA-STS policy of d.test; null for none.</summary>
    public string? Policy { get; init; }

    /// <summary>Mail goes by a route of this level; null by MX.</summary>
    public TlsLevel? RouteLevel { get; init; }

    /// <summary>More lines of the zone.</summary>
    public string[] Lines { get; init; } = [];

    /// <summary>Another name service than the zone.</summary>
    public IResolver? Resolver { get; init; }
}
