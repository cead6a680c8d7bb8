using System.Collections.Immutable;
using Ekiden.Delivery.Attempts;
using Ekiden.Delivery.Bounces;
using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Lanes;
using Ekiden.Delivery.Local;
using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Delivery.Providers;
using Ekiden.Delivery.Queue;
using Ekiden.Delivery.Routes;
using Ekiden.Delivery.Security;
using Ekiden.Directory.Suppressions;
using Ekiden.Dns;
using Ekiden.Spool;
using Microsoft.Extensions.Logging;

namespace Ekiden.Delivery;

/// <summary>
/// The way out: takes recipients from the queue when they are due, finds their route, sends them over the lanes of
/// their site, and records what became of them.
/// </summary>
/// <remarks>
/// The queue exists before the journal, which fills it while it replays; delivery starts afterwards. The path: <see
/// cref="DeliveryQueue"/>, destination, lane, worker, attempt, outcome (STYLE §4).
/// </remarks>
public sealed partial class DeliveryService : IAsyncDisposable
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(10);

    // reliability.md §5.3: an address that does not answer rests from 60 s to 30 min.
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(30);

    // reliability.md M-R6.
    private static readonly TimeSpan LastDotAfter = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly DeliveryParts _parts;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _lastDot = new();
    private readonly CancellationTokenSource _aborting = new();
    private readonly Activity _activity;
    private readonly LaneMemory _memory;
    private readonly RetryPolicy _retry;
    private readonly NoticePlanner _notices;
    private readonly Ipv6Permission _ipv6;
    private readonly Maildirs _maildirs;
    private readonly TransportSecurity _security;
    private readonly LaneServices _services;
    private readonly LaneDirectory _lanes;
    private readonly Destinations _destinations;
    private readonly ITimer _sweep;
    private readonly Lock _gate = new();
    private DeliveryOptions _options;
    private Task? _stopped;

    /// <summary>A service that does nothing before <see cref="Start"/>.</summary>
    public DeliveryService(DeliveryOptions options, DeliveryParts parts)
    {
        _options = options;
        _parts = parts;
        _activity = new Activity(parts.StartWork ?? Activity.OnThePool);
        _memory = new LaneMemory(parts.Clock, parts.Remembered);
        parts.Queue.BulkStreams = options.BulkStreams;
        _retry = new RetryPolicy(new RetrySchedule(options.Retry), parts.Random, parts.Clock);
        _notices = new NoticePlanner(new NoticeWriter(options.Routes.HostName), parts.NoticeIntake, options.Notices);
        _ipv6 = new Ipv6Permission(parts.Resolver, parts.Logger);
        _maildirs = new Maildirs(options.Routes.HostName, parts.Clock);
        _security = new TransportSecurity(parts, _activity, _stopping.Token);
        var recorder = new OutcomeRecorder(_retry, _notices, parts.Resolver, parts.Metrics, parts.Logger);
        _services = Services(recorder);
        _lanes = new LaneDirectory(RulesOf(options));
        _destinations = new Destinations(new DestinationServices(_lanes, _services));
        _sweep = parts.Clock.CreateTimer(
            static service => ((DeliveryService)service!).Sweep(), this, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>How every lane stands at the moment.</summary>
    public ImmutableArray<LaneStatus> Lanes => _lanes.Statuses;

    /// <summary>The provider packs in force.</summary>
    public ProviderPacks Packs => Volatile.Read(ref _options).Routes.Packs;

    /// <summary>What is remembered of every lane, those included that exist at the moment.</summary>
    public IEnumerable<RememberedLane> Remembered => _memory.All;

    /// <summary>Where the mail of a domain goes; null when none is due, or its route is not known.</summary>
    /// <param name="domain">In lower case and A-label form.</param>
    public string? SiteOf(string domain) => _destinations.Find(domain)?.Lane?.Route.Site;

    /// <summary>Why mail that is due for a domain waits; null when it is in no lane: its route is looked for.</summary>
    /// <param name="domain">In lower case and A-label form.</param>
    /// <param name="stream">Of the mail.</param>
    /// <param name="account">That sends it.</param>
    /// <param name="senderDomain">Of the sender; empty for a notice.</param>
    public LaneWait? Explain(string domain, string stream, string account, string senderDomain) =>
        _destinations.Find(domain)?.Lane?.Explain(
            new MailKind(account, senderDomain, _options.BulkStreams.Contains(stream)));

    /// <summary>
    /// Fixes numbers of a source at a site, from now on and over restarts; null fixes none. Holds for all its lanes
    /// there, whatever security their connections need.
    /// </summary>
    /// <returns>False when nothing is known of such a lane.</returns>
    /// <exception cref="Exception">Of the store: the pin holds until the end of the process.</exception>
    public async Task<bool> PinLaneAsync(string source, string site, LaneLimits? pins, CancellationToken cancel)
    {
        var lanes = _lanes.FindAll(source, site);
        if (lanes.IsEmpty && !_memory.Knows(source, site)) return false;
        foreach (var lane in lanes) lane.Pin(pins);
        if (lanes.IsEmpty) _memory.Remember(source, site, _memory.Recall(source, site) with { Pins = pins });
        await SaveLearnedAsync(cancel);
        return true;
    }

    /// <summary>Forgets what the lanes of a source at a site have learned, pins included.</summary>
    /// <returns>False when nothing is known of such a lane.</returns>
    /// <exception cref="Exception">Of the store: all is known again after a restart.</exception>
    public async Task<bool> ResetLaneAsync(string source, string site, CancellationToken cancel)
    {
        var lanes = _lanes.FindAll(source, site);
        if (lanes.IsEmpty && !_memory.Knows(source, site)) return false;
        foreach (var lane in lanes) lane.Forget();
        if (lanes.IsEmpty) _memory.Remember(source, site, new LearnedLane());
        await SaveLearnedAsync(cancel);
        return true;
    }

    /// <summary>Connections to receiving servers, open or being opened.</summary>
    public int Connections => _services.Budget.Used;

    /// <summary>Delivery begins: the journal has replayed, the queue is full of what waits.</summary>
    public void Start()
    {
        _sweep.Change(SweepEvery, SweepEvery);
        CheckIpv6();
        _security.Start();
        _parts.Queue.Start(_parts.Journal.Index, _destinations);
    }

    /// <summary>
    /// New settings hold for every transaction that begins from now on; those under way are finished by the old ones.
    /// </summary>
    public void Reload(DeliveryOptions options)
    {
        List<int> waiting;
        lock (_gate)
        {
            _options = options;
            _retry.Schedule = new RetrySchedule(options.Retry);
            _notices.Options = options.Notices;
            _parts.Queue.BulkStreams = options.BulkStreams;
            waiting = _lanes.Replace(RulesOf(options));
        }
        _destinations.ForgetRoutes();
        // Those that waited in a lane take the way of an arrival.
        foreach (var slot in waiting) _parts.Queue.Add(slot);
        CheckIpv6();
    }

    /// <summary>
    /// An operator wants mail tried now: hosts and lanes that rest because they failed are asked again, once. For after
    /// the recipients were rescheduled.
    /// </summary>
    /// <param name="domains">Of the recipients, as in the index.</param>
    public void AskAgain(IEnumerable<string> domains) => _destinations.AskAgain(domains);

    /// <summary>
    /// Begins nothing new, lets transactions under way send their final dot within 5 s and finish within
    /// <see cref="DeliveryOptions.StopTimeout"/>, then cuts them; when it completes every result is in the journal and
    /// every claim is given back. reliability.md M-R6.
    /// </summary>
    public Task StopAsync()
    {
        lock (_gate) return _stopped ??= StopOnceAsync(_options.StopTimeout);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _sweep.DisposeAsync();
        await _security.DisposeAsync();
        _maildirs.Dispose();
        _stopping.Dispose();
        _lastDot.Dispose();
        _aborting.Dispose();
    }

    private async Task StopOnceAsync(TimeSpan timeout)
    {
        _parts.Queue.Stop();
        await _stopping.CancelAsync();
        _lanes.CloseAll();
        _ = TrySaveLearnedAsync();
        var ended = _activity.WaitForEndAsync();
        var untilLastDot = Min(LastDotAfter, timeout);
        if (await EndsWithinAsync(ended, untilLastDot)) return;
        await _lastDot.CancelAsync();
        if (await EndsWithinAsync(ended, timeout - untilLastDot)) return;
        await _aborting.CancelAsync();
        await ended;
    }

    private async Task<bool> EndsWithinAsync(Task ended, TimeSpan limit)
    {
        await ended.WaitAsync(limit, _parts.Clock, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ended.IsCompleted;
    }

    // An exception barrier: what is learned is worth less than the mail.
    private async Task TrySaveLearnedAsync()
    {
        _activity.Begin();
        try
        {
            await SaveLearnedAsync(CancellationToken.None);
        }
        catch (Exception e)
        {
            Log.NotSaved(_parts.Logger, e);
        }
        finally
        {
            _activity.End();
        }
    }

    private async Task SaveLearnedAsync(CancellationToken cancel)
    {
        if (_parts.LaneStore is { } store && _memory.TakeChanges() is { IsEmpty: false } changes)
            await store.SaveAsync(changes, cancel);
    }

    private void Sweep()
    {
        if (_stopping.IsCancellationRequested) return;
        _ = TrySaveLearnedAsync();
        _lanes.Sweep();
        _destinations.Sweep();
    }

    private void CheckIpv6()
    {
        _activity.Begin();
        _ = CheckAsync(_options.Routes.Sources);

        async Task CheckAsync(ImmutableArray<EgressSource> sources)
        {
            await _ipv6.CheckAsync(sources, _stopping.Token);
            _activity.End();
        }
    }

    private LaneServices Services(OutcomeRecorder recorder)
    {
        var starter = new AttemptStarter(_parts.Journal, _parts.Queue, recorder, _parts.Clock, _parts.Logger)
        {
            Signer = _parts.Signer is { } signer ? new SignatureMemory(signer, _parts.Clock) : null,
            Suppressions = _parts.Suppressions,
        };
        var budget = new ConnectionBudget(_options.MaxConnections);
        return new LaneServices
        {
            Opener = Opener(_options),
            Budget = budget,
            Bytes = new ByteBudget(() => _options.MaxBytesPerSecond),
            Memory = _memory,
            Closer = new ConnectionCloser(budget, _activity, _parts.Metrics, _parts.Logger, _aborting.Token),
            Starter = starter,
            Recorder = recorder,
            Unsent = new UnsentRecorder(_parts.Journal, starter, recorder),
            Journal = _parts.Journal,
            Activity = _activity,
            Metrics = _parts.Metrics,
            Clock = _parts.Clock,
            Logger = _parts.Logger,
            Stopping = _stopping.Token,
            LastDot = _lastDot.Token,
            Aborting = _aborting.Token,
        };
    }

    private LaneRules RulesOf(DeliveryOptions options) => new(
        new RouteFinder(options.Routes, _parts.Resolver, _parts.Clock, _security.Policies),
        options.Routes.Sources is [var first, ..] ? first : new EgressSource("default", options.Routes.HostName),
        _services with { Opener = Opener(options), LongestPause = Min(LongestPause, _retry.Schedule.Longest) });

    private ConnectionOpener Opener(DeliveryOptions options)
    {
        // Nobody rests for longer than the schedule waits: a test or an operator in a hurry says so there.
        var first = Min(FirstRest, _retry.Schedule.First);
        var longest = Min(LongestRest, _retry.Schedule.Longest);
        var targets = new TargetFinder(
            new TargetFilter(options.Routes), _parts.Resolver, _parts.Random, _security.Policies);
        var health = new HostHealth(_parts.Clock, first, Max(first, longest));
        return new ConnectionOpener(targets, _parts.Connector, health, _ipv6, _parts.Clock) { Maildirs = _maildirs };
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "What lanes have learned could not be saved; it is tried again when more is")]
        public static partial void NotSaved(ILogger logger, Exception exception);
    }
}

/// <summary>What delivery works with; made by the program that wires everything.</summary>
public sealed record DeliveryParts
{
    /// <summary>The queue that the journal fills.</summary>
    public required DeliveryQueue Queue { get; init; }

    /// <summary>Where facts go, and whose index says who waits.</summary>
    public required IJournal Journal { get; init; }

    /// <summary>The name service.</summary>
    public required IResolver Resolver { get; init; }

    /// <summary>Opens connections.</summary>
    public required ISmtpConnector Connector { get; init; }

    /// <summary>Makes notices mail.</summary>
    public required INoticeIntake NoticeIntake { get; init; }

    /// <summary>
    /// Fetches MTA-STS policies: follows no redirects, verifies certificates, connects to no private address. Null: no
    /// policies.
    /// </summary>
    public HttpClient? PolicyClient { get; init; }

    /// <summary>
    /// A directory for what is learned of receivers' transport security; null keeps it in memory.
    /// </summary>
    public string? SecurityDirectory { get; init; }

    /// <summary>Signs every message when it is due; null signs nothing.</summary>
    public IMessageSigner? Signer { get; init; }

    /// <summary>Who must not be mailed; asked before every attempt. Null: nobody is on a list.</summary>
    public SuppressionList? Suppressions { get; init; }

    /// <summary>The time.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>For jitter and the order of equal hosts; used under a lock.</summary>
    public required Random Random { get; init; }

    /// <summary>What lanes had learned before the start.</summary>
    public ImmutableArray<RememberedLane> Remembered { get; init; } = [];

    /// <summary>Where what they learn survives a restart; null: nowhere.</summary>
    public ILaneStore? LaneStore { get; init; }

    /// <summary>How a piece of work gets a thread; null: the pool's. For simulations.</summary>
    internal Action<IThreadPoolWorkItem>? StartWork { get; init; }

    /// <summary>What is counted.</summary>
    public required DeliveryMetrics Metrics { get; init; }

    /// <summary>Where delivery writes: one line per outcome.</summary>
    public required ILogger<DeliveryService> Logger { get; init; }
}
