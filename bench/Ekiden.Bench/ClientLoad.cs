using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Bench;

/// <summary>Ekiden's SMTP client alone, as fast as the receiver takes it.</summary>
internal sealed class ClientLoad(Arguments arguments, int mails)
{
    private readonly SmtpConnector _connector = new(TimeProvider.System, NullLogger<SmtpConnector>.Instance);
    private readonly SmtpClientOptions _options = new();
    private readonly SmtpTarget _target = new(
        "far.example", IPEndPoint.Parse(arguments.Text("to", "127.0.0.1:2526")), null, "client.example",
        arguments.Text("tls", "none") == "none" ? TlsLevel.None : TlsLevel.Required);

    private readonly int _loops = arguments.Number("connections", 20);
    private readonly OutgoingMessage _message = MakeMessage(arguments.Number("size", 2048));
    private int _begun;
    private int _taken;
    private int _connections;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        // What the compiler does at the start is not part of a message.
        if (arguments.Number("warm-up", 20_000) is > 0 and var warmUp)
            await Task.WhenAll(new ClientLoad(arguments, warmUp).Start(CancellationToken.None));
        var load = new ClientLoad(arguments, arguments.Number("mails", 100_000));
        var clock = TimeProvider.System;
        var workingSet = Environment.WorkingSet;
        var allocated = GC.GetTotalAllocatedBytes();
        var processor = Environment.CpuUsage.TotalTime;
        var start = clock.GetTimestamp();
        var sending = Task.WhenAll(load.Start(CancellationToken.None));
        var most = workingSet;
        while (!sending.IsCompleted)
        {
            await Task.WhenAny(sending, Task.Delay(TimeSpan.FromMilliseconds(200), clock, CancellationToken.None));
            most = Math.Max(most, Environment.WorkingSet);
        }
        await sending;
        var seconds = clock.GetElapsedTime(start).TotalSeconds;
        var used = Environment.CpuUsage.TotalTime - processor;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            taken = load._taken,
            connections = load._connections,
            seconds = Math.Round(seconds, 2),
            mails_per_second = Math.Round(load._taken / seconds, 1),
            cpu_us_per_mail = Math.Round(used.TotalMicroseconds / load._taken, 1),
            allocated_per_mail = (GC.GetTotalAllocatedBytes() - allocated) / load._taken,
            rss_kib_per_connection = (most - workingSet) / 1024 / load._loops,
        }));
        return load._taken == arguments.Number("mails", 100_000) ? 0 : 1;
    }

    private IEnumerable<Task> Start(CancellationToken cancel) =>
        Enumerable.Range(0, _loops).Select(_ => SendAsync(cancel));

    private async Task SendAsync(CancellationToken cancel)
    {
        SmtpClientConnection? connection = null;
        while (Interlocked.Increment(ref _begun) <= mails)
        {
            connection ??= await OpenAsync(cancel);
            var responses = await connection.SendAsync(_message, cancel);
            if (responses is [RecipientResponse.Taken]) Interlocked.Increment(ref _taken);
            else Console.Error.WriteLine(responses[0]);
            if (connection.IsUsable) continue;
            await connection.QuitAsync(cancel);
            connection = null;
        }
        if (connection is not null) await connection.QuitAsync(cancel);
    }

    private async Task<SmtpClientConnection> OpenAsync(CancellationToken cancel)
    {
        Interlocked.Increment(ref _connections);
        var outcome = await _connector.ConnectAsync(_target, _options, cancel);
        return outcome is ConnectOutcome.Connected { Connection: var open }
            ? open
            : throw new IOException("The receiver cannot be reached.");
    }

    private static OutgoingMessage MakeMessage(int size)
    {
        var content = new StringBuilder("Subject: measured\r\n\r\n");
        while (content.Length < size - 2) content.Append(content.Length % 72 == 71 ? "\r\n" : "x");
        var bytes = Encoding.ASCII.GetBytes(content.Append("\r\n").ToString());
        return new OutgoingMessage(
            Read("sender@example.org"), [new EnvelopeRecipient(Read("one@example.net"))],
            new InMemory(bytes), bytes.Length);
    }

    private static Mailbox Read(string address) =>
        Mailbox.TryParse(address, out var mailbox) ? mailbox : throw new FormatException(address);

    private sealed class InMemory(byte[] content) : IOutgoingContent
    {
        public bool TryGetBuffered(out ReadOnlySequence<byte> buffered)
        {
            buffered = new ReadOnlySequence<byte>(content);
            return true;
        }

        public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancel) =>
            throw new InvalidOperationException("It is in memory.");
    }
}
