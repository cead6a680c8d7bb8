using Ekiden.Delivery.Bounces;
using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Queue;
using Ekiden.Delivery.Routes;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Ekiden.Spool;
using Ekiden.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Delivery.Tests;

/// <summary>The real journal on the real disk, and real sockets: what was accepted arrives, also after a
/// restart.</summary>
public sealed class FileJournalTests : IDisposable, INoticeIntake
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("ekiden-delivery-").FullName;
    private readonly TimeProvider _clock = TimeProvider.System;

    [Fact]
    public async Task What_was_accepted_is_delivered_and_leaves_the_journal()
    {
        await using var server = FakeMx.Start();
        await using var run = Open(server);
        run.Start();
        for (var i = 0; i < 100; i++) await AcceptAsync(run.Journal, $"user{i}@example.net");
        await server.WaitForAsync(100, TestContext.Current.CancellationToken);
        await run.Service.StopAsync();
        var accounting = run.Journal.Index.Accounting;
        Assert.Equal((100, 100, 0, 0), (accounting.Accepted, accounting.Delivered, accounting.Waiting, accounting.Gap));
        Assert.InRange(server.MostOpen, 1, 20);
    }

    [Fact]
    public async Task What_waited_when_the_process_ended_is_delivered_by_the_next_one_once()
    {
        await using var server = FakeMx.Start();
        await using (var first = Open(server))
        {
            for (var i = 0; i < 30; i++)
            {
                await AcceptAsync(
                first.Journal, $"user{i}@example.net", $"other{i}@example.net");
            }
        }
        await using var second = Open(server);
        second.Start();
        await server.WaitForAsync(30, TestContext.Current.CancellationToken);
        await second.Service.StopAsync();
        Assert.Equal(60, second.Journal.Index.Accounting.Delivered);
        Assert.Equal(60, server.Taken.SelectMany(message => message.Recipients).Distinct().Count());
        Assert.Equal(60, server.Taken.Sum(message => message.Recipients.Count));
    }

    public ValueTask<JournalEntry.Accepted> PrepareAsync(Notice notice, CancellationToken cancel) =>
        throw new InvalidOperationException("no notice is expected");

    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);

    private static async Task AcceptAsync(FileJournal journal, params string[] recipients)
    {
        var content = journal.NewContent(64);
        await content.WriteAsync("From: <sender@example.org>\r\n\r\nHello\r\n"u8.ToArray(), CancellationToken.None);
        var now = TimeProvider.System.GetUtcNow();
        var message = new AcceptedMessage
        {
            Id = MessageId.Create(TimeProvider.System),
            AcceptedAt = now,
            Envelope = new Envelope(
                DeliveryWorld.Address("sender@example.org"),
                [.. recipients.Select(text => new EnvelopeRecipient(DeliveryWorld.Address(text)))]),
            Origin = MessageOrigin.Relay,
            Account = "default",
            Stream = "transactional",
            ExpiresAt = now + TimeSpan.FromDays(5),
        };
        await journal.CommitAsync(
            [new JournalEntry.Accepted(message, content)], Durability.Flushed, CancellationToken.None);
    }

    private Run Open(FakeMx server)
    {
        var queue = new DeliveryQueue(_clock);
        var options = new JournalOptions(_folder) { FreeFloorBytes = 0, FreeFloorPart = 0, SegmentSize = 1 << 20 };
        var journal = FileJournal.Open(options, _clock, NullLoggerFactory.Instance);
        var route = new StaticRoute
        {
            Match = "*",
            Hosts = [new RouteTarget(server.Address.Address.ToString(), server.Address.Port)],
            Tls = TlsLevel.None,
        };
        var metrics = new DeliveryMetrics();
        var service = new DeliveryService(
            new DeliveryOptions { Routes = new RouteOptions { HostName = "relay.test", Routes = [route] } },
            new DeliveryParts
            {
                Queue = queue,
                Journal = journal,
                Resolver = new FakeResolver(),
                Connector = new SocketConnector(
                    new SmtpConnector(_clock, NullLogger<SmtpConnector>.Instance), new SmtpClientOptions()),
                NoticeIntake = this,
                Clock = _clock,
                Random = new Random(1),
                Metrics = metrics,
                Logger = NullLogger<DeliveryService>.Instance,
            });
        return new Run(queue, journal, service, metrics);
    }

    private sealed record Run(
        DeliveryQueue Queue, FileJournal Journal, DeliveryService Service, DeliveryMetrics Metrics)
        : IAsyncDisposable
    {
        public void Start()
        {
            Service.Start();
            Journal.Attach(Queue);
        }

        public async ValueTask DisposeAsync()
        {
            await Service.DisposeAsync();
            await Journal.DisposeAsync();
            Queue.Dispose();
            Metrics.Dispose();
        }
    }
}
