using System.Buffers;
using System.Text;
using System.Text.Json;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Bench;

/// <summary>Ekiden's SMTP client alone, as fast as the receiver takes it.</summary>
internal sealed class ClientLoad(Arguments arguments)
{
    private readonly SmtpConnector _connector = new(TimeProvider.System, NullLogger<SmtpConnector>.Instance);
    private readonly SmtpClientOptions _options = new();
    private readonly SmtpTarget _target = new(
        "far.example", arguments.Address("--to", "127.0.0.1:2526"), null, "client.example",
        arguments.Has("--tls") ? TlsLevel.Opportunistic : TlsLevel.None);

    private readonly int _mails = arguments.Number("mails", 100_000);
    private readonly OutgoingMessage _message = MakeMessage(arguments.Number("size", 2048));
    private int _begun;
    private int _taken;
    private int _connections;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var load = new ClientLoad(arguments);
        var clock = TimeProvider.System;
        var workingSet = Environment.WorkingSet;
        var allocated = GC.GetTotalAllocatedBytes();
        var processor = Environment.CpuUsage.TotalTime;
        var start = clock.GetTimestamp();
        var connections = arguments.Number("connections", 20);
        var sending = Task.WhenAll(Enumerable.Range(0, connections).Select(_ => load.SendAsync(CancellationToken.None)));
        var most = workingSet;
        while (!sending.IsCompleted)
        {
            await Task.WhenAny(sending, Task.Delay(TimeSpan.FromMilliseconds(200), clock, CancellationToken.None));
            most = Math.Max(most, Environment.WorkingSet);
        }
        await sending;
        var seconds = clock.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            taken = load._taken,
            connections = load._connections,
            seconds = Math.Round(seconds, 2),
            mails_per_second = Math.Round(load._taken / seconds, 1),
            cpu_us_per_mail = Math.Round((Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / load._taken, 1),
            allocated_per_mail = (GC.GetTotalAllocatedBytes() - allocated) / load._taken,
            rss_kib_per_connection = (most - workingSet) / 1024 / connections,
        }));
        return load._taken == load._mails ? 0 : 1;
    }

    private async Task SendAsync(CancellationToken cancel)
    {
        SmtpClientConnection? connection = null;
        while (Interlocked.Increment(ref _begun) <= _mails)
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
        return await _connector.ConnectAsync(_target, _options, cancel) is ConnectOutcome.Connected { Connection: var open }
            ? open
            : throw new IOException("The receiver cannot be reached.");
    }

    private static OutgoingMessage MakeMessage(int size)
    {
        var content = new StringBuilder("Subject: measured\r\n\r\n");
        while (content.Length < size - 2) content.Append(content.Length % 72 == 71 ? "\r\n" : "x");
        var bytes = Encoding.ASCII.GetBytes(content.Append("\r\n").ToString());
        return new OutgoingMessage(
            Read("sender@example.org"), [new EnvelopeRecipient(Read("one@example.net"))], new InMemory(bytes), bytes.Length);
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
