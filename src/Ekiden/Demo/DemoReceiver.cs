using System.Net;
using Ekiden.Mail;
using Ekiden.Smtp.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Demo;

/// <summary>A small receiving server on loopback, with a character of its own; counts what it is handed.</summary>
internal sealed class DemoReceiver : IMailReceiver, IAsyncDisposable
{
    private readonly SmtpServer _server;
    private readonly Func<Mailbox, SmtpReply?> _judge;
    private long _messages;
    private long _refusals;

    /// <param name="name">Its host name.</param>
    /// <param name="judge">Null takes the recipient; a reply refuses it.</param>
    public DemoReceiver(string name, Func<Mailbox, SmtpReply?> judge)
    {
        _judge = judge;
        _server = new SmtpServer(
            new SmtpServerOptions
            {
                HostName = name,
                Listeners = [new ListenerOptions { Name = name, EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
                    Role = ListenerRole.Inbound }],
            },
            this, TimeProvider.System, NullLogger<SmtpServer>.Instance);
        _server.Start();
    }

    public int Port => _server.Listeners[0].BoundEndPoint.Port;

    /// <summary>Messages taken.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>Recipients refused, for now or for good.</summary>
    public long Refusals => Interlocked.Read(ref _refusals);

    public ValueTask<SignIn?> SignInAsync(
        SessionInfo session, string user, string password, CancellationToken cancel) =>
        ValueTask.FromResult<SignIn?>(null);

    public ValueTask<ScramVerifier> FindScramVerifierAsync(
        SessionInfo session, string user, CancellationToken cancel) =>
        throw new InvalidOperationException("Nobody signs in here: AUTH is not offered");

    public ValueTask<SmtpReply?> CheckSenderAsync(
        SessionInfo session, Mailbox? sender, long declaredSize, CancellationToken cancel) =>
            ValueTask.FromResult<SmtpReply?>(null);

    public ValueTask<SmtpReply?> CheckRecipientAsync(
        SessionInfo session, Mailbox? sender, EnvelopeRecipient recipient, CancellationToken cancel)
    {
        var verdict = _judge(recipient.Address);
        if (verdict is not null) Interlocked.Increment(ref _refusals);
        return ValueTask.FromResult(verdict);
    }

    public ValueTask<(IMessageSink? Sink, SmtpReply? Refusal)> BeginAsync(
        SessionInfo session, Envelope envelope, CancellationToken cancel) =>
        ValueTask.FromResult<(IMessageSink?, SmtpReply?)>((new Sink(this), null));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private sealed class Sink(DemoReceiver receiver) : IMessageSink
    {
        public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancel) => ValueTask.CompletedTask;

        public ValueTask<SmtpReply> CompleteAsync(CancellationToken cancel)
        {
            Interlocked.Increment(ref receiver._messages);
            return ValueTask.FromResult(SmtpReply.Of(250, "2.0.0", "Ok"));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
