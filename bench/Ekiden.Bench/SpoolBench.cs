using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Bench;

/// <summary>
/// The whole journal. First messages as a relay has them: accepted and flushed, opened, attempted, delivered. Then as
/// many that wait: memory for each, and how long a restart takes, by the snapshot and by the whole journal.
/// </summary>
internal sealed class SpoolBench(string directory, int size) : IRecipientQueue
{
    private readonly byte[] _body = new byte[size];
    private int _offered;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var directory = arguments.Text(
            "directory", Path.Combine(Path.GetTempPath(), $"ekiden-spool-{Environment.ProcessId}"));
        var bench = new SpoolBench(directory, arguments.Number("size", 2048));
        Array.Fill(bench._body, (byte)'x');
        if (arguments.Number("restart", 0) == 1)
        {
            await bench.RestartAsync("in a process of its own");
            return 0;
        }
        await bench.RelayAsync(arguments.Number("producers", 100), arguments.Number("messages", 100_000));
        await bench.WaitAsync(arguments.Number("waiting", 1_000_000));
        if (arguments.Number("keep", 0) == 0) System.IO.Directory.Delete(directory, recursive: true);
        return 0;
    }

    public void Add(int slot) => Interlocked.Increment(ref _offered);

    private FileJournal Open() => FileJournal.Open(
        new JournalOptions(directory) { FreeFloorBytes = 0, FreeFloorPart = 0 }, TimeProvider.System,
            NullLoggerFactory.Instance);

    private async Task RelayAsync(int producers, int messages)
    {
        await using var journal = Open();
        journal.Attach(this);
        await Task.WhenAll(Enumerable.Range(0, producers).Select(_ => RelayAsync(journal, 10_000 / producers)));
        var flushes = journal.Flushes;
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        var each = messages / producers;
        await Task.WhenAll(Enumerable.Range(0, producers).Select(_ => RelayAsync(journal, each)));
        var elapsed = Stopwatch.GetElapsedTime(start);
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        var count = (double)each * producers;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
                $"relay, {producers} producers, {size} bytes: {count / elapsed.TotalSeconds:N0} msg/s, " +
            $"{processor.TotalMicroseconds / count:N1} us CPU/msg, " +
            $"{(journal.Flushes - flushes) / count:N3} flushes/msg, " +
            $"{(GC.GetTotalAllocatedBytes() - allocated) / count:N0} bytes allocated/msg, " +
            $"gap {journal.Index.Accounting.Gap}"));
    }

    private async Task RelayAsync(FileJournal journal, int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            var id = await AcceptAsync(journal, "receiver.example");
            using (var stored = await journal.OpenAsync(id, CancellationToken.None))
            {
                if (stored is null) throw new InvalidOperationException($"{id} is gone");
            }
            await journal.CommitAsync(
                [new JournalEntry.AttemptStarted(id, [0], TimeProvider.System.GetUtcNow(), "mx.receiver.example")],
                Durability.Written, CancellationToken.None);
            var details = new AttemptDetails(
                "mx.receiver.example", "192.0.2.1", "192.0.2.2", "", false, "eom", TimeSpan.Zero);
            var result = new RecipientResult(
                0, new DeliveryOutcome.Delivered(SmtpReply.Of(250, "2.0.0", "Ok")), default, 1);
            await journal.CommitAsync(
                [new JournalEntry.Attempted(id, TimeProvider.System.GetUtcNow(), details, [result])],
                Durability.Soon, CancellationToken.None);
        }
    }

    private async Task WaitAsync(int waiting)
    {
        var before = Environment.WorkingSet;
        await using (var journal = Open())
        {
            const int Producers = 500;
            await Task.WhenAll(Enumerable.Range(0, Producers).Select(async producer =>
            {
                for (var i = 0; i < waiting / Producers; i++)
                {
                    await AcceptAsync(
                    journal, $"d{(producer + i) % 10_000}.example");
                }
            }));
            GC.Collect();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                    $"{journal.Index.Accounting.Waiting:N0} waiting: " +
                    $"{journal.Index.MemoryBytes / (double)waiting:N1} bytes of index each, " +
                $"resident {Environment.WorkingSet / 1e6:N0} MB ({(Environment.WorkingSet - before) / 1e6:N0} more)"));
        }
        await RestartAsync("by the snapshot");
        File.Delete(Path.Combine(directory, "snapshot"));
        await RestartAsync("by the whole journal");
    }

    private async Task RestartAsync(string how)
    {
        _offered = 0;
        var start = Stopwatch.GetTimestamp();
        await using var journal = Open();
        var opened = Stopwatch.GetElapsedTime(start);
        journal.Attach(this);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
                $"restart {how}: open after {opened.TotalSeconds:N2} s, {_offered:N0} offered after " +
            $"{Stopwatch.GetElapsedTime(start).TotalSeconds:N2} s, " +
            $"{journal.Recovery.Frames:N0} frames read, resident {Environment.WorkingSet / 1e6:N0} MB, " +
            $"gap {journal.Index.Accounting.Gap}"));
    }

    private async Task<MessageId> AcceptAsync(FileJournal journal, string domain)
    {
        var id = MessageId.Create(TimeProvider.System);
        using var content = journal.NewContent(size);
        await content.WriteAsync(_body, CancellationToken.None);
        await journal.CommitAsync(
            [new JournalEntry.Accepted(Message(id, domain), content)], Durability.Flushed, CancellationToken.None);
        return id;
    }

    private static AcceptedMessage Message(MessageId id, string domain) => new()
    {
        Id = id,
        AcceptedAt = TimeProvider.System.GetUtcNow(),
        ExpiresAt = TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(5),
        Envelope = new Envelope(Box("sender@example.org"),
            ImmutableArray.Create(new EnvelopeRecipient(Box($"someone@{domain}")))),
        Origin = MessageOrigin.Relay,
        Account = "acc_1",
        Stream = "transactional",
    };

    private static Mailbox Box(string address) =>
        Mailbox.TryParse(address, out var mailbox) ? mailbox : throw new ArgumentException(address);
}
