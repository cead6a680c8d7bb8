using Ekiden.Delivery.Attempts;
using Ekiden.Delivery.Bounces;
using Ekiden.Delivery.Queue;
using Ekiden.Delivery.Routes;
using Ekiden.Directory.Suppressions;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Delivery.Tests;

/// <summary>The whole of delivery in simulated time: journal in memory, scripted servers, a name service from zone
/// text.</summary>
internal sealed class DeliveryWorld : IAsyncDisposable, INoticeIntake
{
    private readonly DeliveryMetrics _metrics = new();

    public DeliveryWorld(
        DeliveryOptions? options = null, bool starts = true, IMessageSigner? signer = null,
        SuppressionList? suppressions = null)
    {
        Queue = new DeliveryQueue(Clock);
        Journal = new MemoryJournal(Queue, Clock);
        Options = options ?? ByRoute();
        Service = new DeliveryService(Options, new DeliveryParts
        {
            Queue = Queue,
            Journal = Journal,
            Resolver = Resolver,
            Connector = Servers,
            Signer = signer,
            NoticeIntake = this,
            Suppressions = suppressions,
            Clock = Clock,
            Random = new Random(7),
            Metrics = _metrics,
            Logger = new KeptLog(Log),
        });
        if (starts) Service.Start();
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 4, 1, 9, 0, 0, TimeSpan.Zero));

    public FakeResolver Resolver { get; } = new();

    public ScriptedConnector Servers { get; } = new();

    public DeliveryQueue Queue { get; }

    public MemoryJournal Journal { get; }

    public DeliveryOptions Options { get; }

    public DeliveryService Service { get; }

    /// <summary>What delivery wrote.</summary>
    public ErrorCounter Log { get; } = new();

    /// <summary>Every notice, in order.</summary>
    public List<Notice> Notices { get; } = [];

    /// <summary>The attempts of mail; those of notices only when the servers answer them.</summary>
    public IEnumerable<JournalEntry.Attempted> Attempts => AttemptsIn(Journal.History);

    public IEnumerable<RecipientResult> Results => Attempts.SelectMany(attempt => attempt.Results);

    public IEnumerable<DeliveryOutcome> Outcomes => Results.Select(result => result.Outcome);

    /// <summary>Settings with one route for everything.</summary>
    public static DeliveryOptions ByRoute(LaneLimits? limits = null) => new()
    {
        Routes = new RouteOptions
        {
            HostName = "relay.test",
            Routes = [new StaticRoute { Match = "*", Hosts = [new RouteTarget("192.0.2.25", 25)], Limits = limits
                ?? LaneLimits.Default }],
        },
    };

    /// <summary>Settings without a route: by MX.</summary>
    public static DeliveryOptions ByMx() => new() { Routes = new RouteOptions { HostName = "relay.test" } };

    /// <summary>A message is accepted now.</summary>
    public MessageId Accept(params string[] recipients) => Accept(Message(recipients));

    /// <summary>A message is accepted now.</summary>
    public MessageId Accept(AcceptedMessage message)
    {
        Journal.Commit(Entry(message));
        return message.Id;
    }

    public AcceptedMessage Message(params string[] recipients) => new()
    {
        Id = MessageId.Create(Clock),
        AcceptedAt = Clock.GetUtcNow(),
        Envelope = new Envelope(Address("sender@example.org"),
            [.. recipients.Select(text => new EnvelopeRecipient(Address(text)))]),
        Origin = MessageOrigin.Relay,
        Account = "default",
        Stream = "transactional",
        ExpiresAt = Clock.GetUtcNow() + TimeSpan.FromDays(5),
    };

    public static JournalEntry.Accepted Entry(AcceptedMessage message) =>
        new(message, new MemoryContent("From: <sender@example.org>\r\nSubject: test\r\n\r\nHello\r\n"u8));

    /// <summary>Completes when so many recipients have had an outcome since the start.</summary>
    public Task ResultsAsync(int count) => KeepGoingAsync(Journal.WaitForAsync(
        history => AttemptsIn(history).Sum(attempt => attempt.Results.Length) >= count));

    private IEnumerable<JournalEntry.Attempted> AttemptsIn(IEnumerable<JournalEntry> history)
    {
        HashSet<MessageId> notices;
        lock (Notices) notices = [.. Notices.Select(notice => notice.Id)];
        return history.OfType<JournalEntry.Attempted>().Where(
            attempt => Servers.AnswersNotices || !notices.Contains(attempt.Message));
    }

    /// <summary>Moves the clock to the next attempt of the recipient that had the last result, and waits for its
    /// outcome.</summary>
    public async Task RetryAsync()
    {
        var known = Results.Count();
        var next = Results.Last().NextAttempt;
        Clock.Advance(next - Clock.GetUtcNow() + TimeSpan.FromMilliseconds(100));
        await ResultsAsync(known + 1);
    }

    /// <summary>Waits for an event that the clock has brought about.</summary>
    /// <remarks>
    /// When the clock jumps between a look at it and the timer that is set by it, the timer is late by what the queue
    /// sleeps at most, a minute. In the world that minute passes by itself.
    /// </remarks>
    public async Task KeepGoingAsync(Task wanted)
    {
        var patience = TimeSpan.FromSeconds(2);
        while (await Task.WhenAny(wanted, Task.Delay(patience, TimeProvider.System, CancellationToken.None)) != wanted)
            Clock.Advance(TimeSpan.FromMinutes(1));
        await wanted;
    }

    /// <summary>Moves the clock in steps, beside the pool's threads, until the event.</summary>
    public async Task AdvanceUntilAsync(TimeSpan step, Task wanted)
    {
        while (!wanted.IsCompleted)
        {
            Clock.Advance(step);
            await Task.WhenAny(wanted,
                Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None));
        }
        await wanted;
    }

    /// <summary>Notices are ready when this is.</summary>
    public Task NoticesReady { get; set; } = Task.CompletedTask;

    public async ValueTask<JournalEntry.Accepted> PrepareAsync(Notice notice, CancellationToken cancel)
    {
        await NoticesReady;
        lock (Notices) Notices.Add(notice);
        var message = Message() with
        {
            Id = notice.Id,
            Envelope = new Envelope(null, [new EnvelopeRecipient(notice.To)]),
            Origin = MessageOrigin.Notice,
            NoticeAbout = notice.About.Id,
            ExpiresAt = notice.ExpiresAt,
        };
        return Entry(message);
    }

    public static Mailbox Address(string text) =>
        Mailbox.TryParse(text, out var mailbox) ? mailbox : throw new ArgumentException(text, nameof(text));

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        _metrics.Dispose();
    }

    private sealed class KeptLog(ILogger log) : ILogger<DeliveryService>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => log.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => log.Log(logLevel, eventId, state, exception, formatter);
    }
}
