using System.Collections.Immutable;
using System.Net;
using Ekiden.Delivery;
using Ekiden.Delivery.Bounces;
using Ekiden.Delivery.Lanes;
using Ekiden.Delivery.Providers;
using Ekiden.Delivery.Queue;
using Ekiden.Delivery.Routes;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Simulation.Tests;

/// <summary>
/// One sending machine: the real queue, lanes and controllers, with a journal without a disk and a connector without
/// sockets. Keeps so much mail waiting that its receivers never run out of it.
/// </summary>
internal sealed class Sender : INoticeIntake, IAsyncDisposable
{
    private readonly Dictionary<string, Envelope> _envelopes = [];

    private readonly SimulatedTime _time;
    private readonly DeliveryMetrics _metrics = new();
    private readonly SimulatedJournal _journal;
    private readonly Random _random;
    private readonly List<(string Account, string Stream, string From, string To)> _kinds = [];
    private int _next;

    public Sender(Scenario scenario, DeliveryOptions options, ImmutableArray<RememberedLane> remembered, int seed)
    {
        var time = _time = scenario.Time;
        _random = new Random(seed);
        var queue = new DeliveryQueue(time);
        _journal = new SimulatedJournal(queue, time) { OnResult = OnResult };
        Service = new DeliveryService(options, new DeliveryParts
        {
            Queue = queue,
            Journal = _journal,
            Resolver = scenario.Resolver,
            Connector = new SimulatedConnector(time, scenario.ReceiverOf),
            NoticeIntake = this,
            Clock = time,
            Random = new Random(seed),
            Metrics = _metrics,
            Logger = NullLogger<DeliveryService>.Instance,
            StartWork = time.Start,
            Remembered = remembered,
        });
        Service.Start();
    }

    public DeliveryService Service { get; }

    public QueueIndex Index => _journal.Index;

    /// <summary>What happened, second by second, for all mail.</summary>
    public Record All { get; } = new();

    /// <summary>The same by stream and by sender.</summary>
    public Dictionary<string, Record> By { get; } = [];

    /// <summary>Settings of one source.</summary>
    public static DeliveryOptions Options(string address = "198.51.100.1", ProviderPack? pack = null) => new()
    {
        Routes = new RouteOptions
        {
            HostName = "relay.test",
            Packs = pack is null
                ? ProviderPacks.BuiltIn
                : ProviderPacks.Of([.. ProviderPacks.BuiltIn.All.Select(provider => provider.Pack), pack]),
            Sources = [new EgressSource("out", "relay.test", IPAddress.Parse(address))],
        },
    };

    /// <summary>Keeps so many mails of one kind waiting.</summary>
    public void KeepSending(
        int waiting, string to, string from = "info@sender.test", string stream = "transactional",
        string account = "default")
    {
        _kinds.Add((account, stream, from, to));
        for (var i = 0; i < waiting; i++) Accept(_kinds.Count - 1);
    }

    /// <summary>Accepts one mail.</summary>
    public void Send(string to, string from = "info@sender.test", string stream = "transactional") =>
        Accept("default", stream, from, to, "once");

    public ValueTask<JournalEntry.Accepted> PrepareAsync(Notice notice, CancellationToken cancel) =>
        throw new NotSupportedException("nothing fails here");

    // The journal is memory alone; nothing of it outlives the simulation.
    public async ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        await _journal.DisposeAsync();
    }

    private void Accept(int kind)
    {
        var (account, stream, from, to) = _kinds[kind];
        Accept(account, stream, from, to, kind.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private void Accept(string account, string stream, string from, string to, string kind)
    {
        var name = from == "*" ? $"s{_next++}@sender.test" : from;
        if (!_envelopes.TryGetValue(name + to, out var envelope))
        {
            envelope = new Envelope(Address(name), [new EnvelopeRecipient(Address(to))]);
            if (from != "*") _envelopes.Add(name + to, envelope);
        }
        var now = _time.GetUtcNow();
        _journal.Accept(new AcceptedMessage
        {
            Id = NewId(),
            AcceptedAt = now,
            Envelope = envelope,
            Origin = MessageOrigin.Relay,
            Account = account,
            Stream = stream,
            ExpiresAt = now + TimeSpan.FromDays(30),
            IdempotencyKey = kind,
        });
    }

    private MessageId NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new MessageId(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    private void OnResult(AcceptedMessage message, RecipientResult result)
    {
        var isTaken = result.Outcome is DeliveryOutcome.Delivered;
        var latency = _time.GetUtcNow() - message.AcceptedAt;
        All.Add(_time.Now, isTaken, latency);
        RecordOf(message.Stream).Add(_time.Now, isTaken, latency);
        RecordOf(message.Account).Add(_time.Now, isTaken, latency);
        RecordOf(message.Envelope.Sender!.Domain).Add(_time.Now, isTaken, latency);
        // Another takes its place, also while a deferred one waits: there is always more.
        if (message.IdempotencyKey is { } kind && kind != "once" && result.Attempts == 1)
            Accept(int.Parse(kind, System.Globalization.CultureInfo.InvariantCulture));
    }

    private Record RecordOf(string name)
    {
        if (!By.TryGetValue(name, out var record)) By.Add(name, record = new Record());
        return record;
    }

    private static Mailbox Address(string text) =>
        Mailbox.TryParse(text, out var mailbox) ? mailbox : throw new ArgumentException(text, nameof(text));
}
