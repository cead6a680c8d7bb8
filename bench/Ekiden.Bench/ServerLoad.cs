using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using Ekiden.Mail;
using Ekiden.Smtp.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Bench;

/// <summary>Ekiden's SMTP server alone: takes mail and forgets it. Drive it with smtp-source.</summary>
internal static class ServerLoad
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var receiver = new Counter();
        var options = new SmtpServerOptions
        {
            HostName = "mx.example",
            Listeners =
            [
                new ListenerOptions
                {
                    Name = "bench",
                    EndPoint = IPEndPoint.Parse(arguments.Text("listen", "127.0.0.1:2525")),
                    Role = ListenerRole.Relay,
                    Allow = [IPNetwork.Parse("127.0.0.0/8")],
                },
            ],
        };
        var clock = TimeProvider.System;
        await using var server = new SmtpServer(options, receiver, clock, NullLogger<SmtpServer>.Instance);
        server.Start();
        Console.WriteLine($"listening on {server.Listeners[0].BoundEndPoint}");
        var ended = new TaskCompletionSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var longest = TimeSpan.FromSeconds(arguments.Number("seconds", 3_600));
        await Task.WhenAny(ended.Task, Task.Delay(longest, clock, CancellationToken.None));
        var messages = Math.Max(1, receiver.Messages);
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        Console.WriteLine($"messages {receiver.Messages}, bytes {receiver.Bytes}, "
            + $"processor {processor.TotalMicroseconds / messages:F1} us/message, "
            + $"allocated {GC.GetTotalAllocatedBytes() / messages} B/message, connections {server.ConnectionCount}");
        return 0;

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ended.TrySetResult();
        }
    }

    /// <summary>Says yes to everything.</summary>
    private sealed class Counter : IMailReceiver
    {
        private long _messages;
        private long _bytes;

        public long Messages => Volatile.Read(ref _messages);

        public long Bytes => Volatile.Read(ref _bytes);

        public ValueTask<SignIn?> SignInAsync(
            SessionInfo session, string user, string password, CancellationToken cancel) =>
            ValueTask.FromResult<SignIn?>(null);

        public ValueTask<ScramVerifier> FindScramVerifierAsync(
            SessionInfo session, string user, CancellationToken cancel) =>
            throw new NotSupportedException("A relay listener has no AUTH");

        public ValueTask<SmtpReply?> CheckSenderAsync(
            SessionInfo session, Mailbox? sender, long declaredSize, CancellationToken cancel) =>
            ValueTask.FromResult<SmtpReply?>(null);

        public ValueTask<SmtpReply?> CheckRecipientAsync(
            SessionInfo session, Mailbox? sender, EnvelopeRecipient recipient, CancellationToken cancel) =>
            ValueTask.FromResult<SmtpReply?>(null);

        public ValueTask<(IMessageSink? Sink, SmtpReply? Refusal)> BeginAsync(
            SessionInfo session, Envelope envelope, CancellationToken cancel) =>
            ValueTask.FromResult<(IMessageSink?, SmtpReply?)>((new Sink(this), null));

        private sealed class Sink(Counter counter) : IMessageSink
        {
            private static readonly SmtpReply Taken = SmtpReply.Of(250, "2.0.0", "Ok");

            private long _size;

            public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancel)
            {
                _size += content.Length;
                return ValueTask.CompletedTask;
            }

            public ValueTask<SmtpReply> CompleteAsync(CancellationToken cancel)
            {
                Interlocked.Increment(ref counter._messages);
                Interlocked.Add(ref counter._bytes, _size);
                return ValueTask.FromResult(Taken);
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
