using System.Collections.Immutable;
using System.Text;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Events.Tests;

/// <summary>
/// A journal and the event log behind it, in a folder of their own; both can be closed and opened again.
/// </summary>
internal sealed class LogWorld : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly AttemptDetails Details =
        new("mx.sink.test", "192.0.2.1", "192.0.2.9", "TLSv1.3", true, "eom", TimeSpan.FromMilliseconds(310));

    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("ekiden-events-");
    private readonly bool _ownsFolder = true;

    private LogWorld(TimeProvider clock) => Clock = clock;

    public TimeProvider Clock { get; }

    public FileJournal Journal { get; private set; } = null!; // Open sets it

    public EventLog Log { get; private set; } = null!; // Open sets it

    public string EventFolder => Path.Combine(_folder.FullName, "events");

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static LogWorld Start(TimeProvider? clock = null)
    {
        var world = new LogWorld(clock ?? TimeProvider.System);
        world.Open();
        return world;
    }

    public async Task RestartAsync()
    {
        await Log.DisposeAsync();
        await Journal.DisposeAsync();
        Open();
    }

    public static MessageId Id(int number, DateTimeOffset? at = null) =>
        new(((UInt128)(ulong)(at ?? Now).ToUnixTimeMilliseconds() << 80) | (UInt128)(uint)number);

    public static AcceptedMessage Message(int number, params string[] recipients) => new()
    {
        Id = Id(number),
        AcceptedAt = Now,
        Envelope = new Envelope(Box("s@a.test"), [.. recipients.Select(one => new EnvelopeRecipient(Box(one)))]),
        Origin = MessageOrigin.Api,
        Account = "acc_1",
        Stream = "transactional",
        ExpiresAt = Now.AddDays(1),
    };

    public static Mailbox Box(string address) =>
        Mailbox.TryParse(address, out var mailbox) ? mailbox : throw new ArgumentException(address);

    public async Task AcceptAsync(AcceptedMessage message, string content = "Subject: hello\r\n\r\nbody\r\n")
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        using var kept = Journal.NewContent(bytes.Length);
        await kept.WriteAsync(bytes, Cancel);
        await Journal.CommitAsync([new JournalEntry.Accepted(message, kept)], Durability.Flushed, Cancel);
    }

    public Task AttemptAsync(MessageId id, DateTimeOffset at, params (int Place, DeliveryOutcome Outcome)[] results) =>
        Journal.CommitAsync(
            [new JournalEntry.Attempted(id, at, Details, [.. results.Select(result =>
                new RecipientResult(result.Place, result.Outcome, at.AddMinutes(5), 1))])],
            Durability.Flushed, Cancel).AsTask();

    public Task ChangeAsync(MessageId id, QueueChange change, params int[] places) => Journal.CommitAsync(
        [new JournalEntry.Changed(id, Now.AddSeconds(9), change, [.. places], Now, "operator")],
        Durability.Flushed, Cancel).AsTask();

    /// <summary>All events that match, oldest first, once there are so many.</summary>
    public async Task<ImmutableArray<EkidenEvent>> WaitForAsync(int count, EventQuery? query = null)
    {
        query = (query ?? new EventQuery()) with { OldestFirst = true, Limit = 1000 };
        while (true)
        {
            var last = Log.LastSequence;
            var page = Log.Read(query, Cancel);
            if (page.Events.Length >= count) return page.Events;
            await Log.WaitForNewsAsync(last, Cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        await Journal.DisposeAsync();
        if (_ownsFolder) _folder.Delete(recursive: true);
    }

    public static DeliveryOutcome Delivered => new DeliveryOutcome.Delivered(SmtpReply.Of(250, "2.0.0", "Ok"));

    public static DeliveryOutcome Deferred => new DeliveryOutcome.Deferred(
        DeferralReason.Reply, new EnhancedStatus(4, 2, 1), SmtpReply.Of(450, "4.2.1", "Later"), "", true);

    public static DeliveryOutcome Failed => new DeliveryOutcome.Failed(
        FailureReason.Reply, new EnhancedStatus(5, 1, 1), SmtpReply.Of(550, "5.1.1", "Unknown user"), "");

    public static DeliveryOutcome Expired => new DeliveryOutcome.Failed(
        FailureReason.Expired, new EnhancedStatus(4, 4, 1), null, "no connection");

    private void Open()
    {
        Journal = FileJournal.Open(
            new JournalOptions(Path.Combine(_folder.FullName, "spool")) { FreeFloorBytes = 0, FreeFloorPart = 0 },
            Clock, NullLoggerFactory.Instance);
        Log = EventLog.Open(
            new EventLogOptions(EventFolder), Journal, new Words(), Clock, NullLoggerFactory.Instance);
        Log.Start();
    }

    private sealed class Words : IReplyReader
    {
        public string ProviderOf(string domain, string host) => domain == "docomo.ne.jp" ? "docomo" : "default";

        public string ClassOf(string domain, string host, string phase, SmtpReply reply) =>
            reply.Code == 550 ? "user_unknown" : "undefined";
    }
}
