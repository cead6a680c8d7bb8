using System.Diagnostics;
using System.Globalization;
using Ekiden.Events;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Bench;

/// <summary>
/// The event log alone: a journal of messages that were accepted, attempted and delivered, then how long the log takes
/// to catch up with it, and what an event costs.
/// </summary>
internal sealed class EventBench(int messages, int size) : IReplyReader
{
    private const int PerCommit = 16;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var directory = arguments.Text(
            "directory", Path.Combine(Path.GetTempPath(), $"ekiden-events-{Environment.ProcessId}"));
        await new EventBench(arguments.Number("messages", 100_000), arguments.Number("size", 2048)).RunAsync(directory);
        System.IO.Directory.Delete(directory, recursive: true);
        return 0;
    }

    public string ProviderOf(string domain, string host) => "default";

    public string ClassOf(string domain, string host, string phase, SmtpReply reply) => "undefined";

    private async Task RunAsync(string directory)
    {
        await using var journal = FileJournal.Open(
            new JournalOptions(Path.Join(directory, "spool")) { FreeFloorBytes = 0, FreeFloorPart = 0 },
            TimeProvider.System, NullLoggerFactory.Instance);
        journal.Follow(default); // keeps everything for the log to come
        await FillAsync(journal);
        await using var log = EventLog.Open(
            new EventLogOptions(Path.Join(directory, "events")), journal, this, TimeProvider.System,
            NullLoggerFactory.Instance);
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        log.Start();
        await WaitAsync(log);
        var elapsed = Stopwatch.GetElapsedTime(start);
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        var events = 2.0 * messages;
        var bytes = new DirectoryInfo(Path.Join(directory, "events")).GetFiles().Sum(file => file.Length);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{events:N0} events behind {messages:N0} messages of {size} bytes: {events / elapsed.TotalSeconds:N0} "
            + $"events/s, {processor.TotalMicroseconds / events:N1} us CPU/event, {bytes / events:N0} bytes on "
            + $"disk/event, {(GC.GetTotalAllocatedBytes() - allocated) / events:N0} bytes allocated/event"));
        Search(log);
    }

    private async Task FillAsync(FileJournal journal)
    {
        var body = new byte[size];
        Array.Fill(body, (byte)'x');
        "Subject: a message like any other\r\n\r\n"u8.CopyTo(body);
        await Task.WhenAll(Enumerable.Range(0, PerCommit).Select(async worker =>
        {
            for (var number = worker; number < messages; number += PerCommit) await AddAsync(journal, number, body);
        }));
        // The log shows only what is flushed.
        await AddAsync(journal, 0, body);
    }

    private static async Task AddAsync(FileJournal journal, int number, byte[] body)
    {
        var now = TimeProvider.System.GetUtcNow();
        var id = MessageId.Create(TimeProvider.System);
        var content = journal.NewContent(body.Length);
        await content.WriteAsync(body, CancellationToken.None);
        var message = new AcceptedMessage
        {
            Id = id,
            AcceptedAt = now,
            Envelope = new Envelope(
                Box("sender@example.org"), [new EnvelopeRecipient(Box(AddressOf(number)))]),
            Origin = MessageOrigin.Relay,
            Account = "default",
            Stream = "transactional",
            ExpiresAt = now.AddDays(5),
        };
        await journal.CommitAsync(
            [new JournalEntry.Accepted(message, content)], Durability.Written, CancellationToken.None);
        var details = new AttemptDetails(
            $"mx{number % 500}.example", "192.0.2.1", "192.0.2.2", "TLSv1.3", true, "eom",
            TimeSpan.FromMilliseconds(12));
        var reply = SmtpReply.Of(250, "2.0.0", $"Ok: queued as {number:X8}");
        await journal.CommitAsync(
            [
                new JournalEntry.AttemptStarted(id, [0], now, "mx.example"),
                new JournalEntry.Attempted(
                    id, now, details, [new RecipientResult(0, new DeliveryOutcome.Delivered(reply), default, 1)]),
            ],
            number % 1000 == 0 ? Durability.Flushed : Durability.Written, CancellationToken.None);
    }

    private async Task WaitAsync(EventLog log)
    {
        while (log.Written < 2 * (messages + 1))
            await log.WaitForNewsAsync(log.LastSequence, default);
    }

    private void Search(EventLog log)
    {
        var random = new Random(1);
        var start = Stopwatch.GetTimestamp();
        const int Searches = 200;
        var found = 0;
        for (var i = 0; i < Searches; i++)
        {
            var recipient = Box(AddressOf(random.Next(messages)));
            found += log.Read(new EventQuery { Recipient = recipient }, default).Events.Length;
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"search by recipient: {Stopwatch.GetElapsedTime(start).TotalMilliseconds / Searches:N2} ms, "
            + $"{found} found"));
    }

    private static Mailbox Box(string address) =>
        Mailbox.TryParse(address, out var mailbox) ? mailbox : throw new ArgumentException(address);

    private static string AddressOf(int number) => $"user{number * 7919L % 10_000_000}@domain{number % 1000}.example";
}
