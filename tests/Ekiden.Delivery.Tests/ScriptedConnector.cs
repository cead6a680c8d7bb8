using System.Collections.Concurrent;
using Ekiden.Delivery.Connections;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Tests;

/// <summary>
/// Receiving servers without sockets: each try to connect and each transaction is answered by a function that the test
/// replaces as it likes. Everything said is remembered.
/// </summary>
internal sealed class ScriptedConnector : ISmtpConnector
{
    private readonly ConcurrentQueue<SmtpTarget> _connects = new();
    private readonly ConcurrentQueue<(SmtpTarget Target, OutgoingMessage Message)> _sent = new();
    private int _open;

    /// <summary>What a try to connect meets; null connects.</summary>
    public Func<SmtpTarget, ValueTask<ConnectResult.Failed?>> OnConnect { get; set; } = _ =>
        new((ConnectResult.Failed?)null);

    /// <summary>What a transaction is answered.</summary>
    public Func<Transaction, ValueTask<IReadOnlyList<RecipientResponse>>> OnSend { get; set; } = transaction =>
        new(transaction.Taken());

    /// <summary>What answers QUIT; the connection is open until then.</summary>
    public Func<ValueTask> OnQuit { get; set; } = () => default;

    /// <summary>Notices are answered like other mail; otherwise they are taken, and not remembered.</summary>
    public bool AnswersNotices { get; set; }

    /// <summary>What takes time is before the final dot; otherwise the reply to it.</summary>
    public bool HoldsBeforeDot { get; set; }

    /// <summary>The server has DSN.</summary>
    public bool SupportsDsn { get; set; }

    /// <summary>Every try to connect.</summary>
    public IReadOnlyCollection<SmtpTarget> Connects => _connects;

    /// <summary>Every transaction.</summary>
    public IReadOnlyCollection<(SmtpTarget Target, OutgoingMessage Message)> Sent => _sent;

    /// <summary>Connections open now.</summary>
    public int Open => _open;

    /// <summary>The most that were ever open.</summary>
    public int MostOpen { get; private set; }

    public async ValueTask<ConnectResult> ConnectAsync(SmtpTarget target, CancellationToken cancel)
    {
        _connects.Enqueue(target);
        var failed = await OnConnect(target).AsTask().WaitAsync(cancel);
        if (failed is not null) return failed;
        lock (_connects) MostOpen = Math.Max(MostOpen, ++_open);
        return new ConnectResult.Connected(new Connection(this, target));
    }

    /// <summary>What a try to connect meets when nobody answers.</summary>
    public static ConnectResult.Failed TimedOut() =>
        new(SmtpPhase.Connect, ConnectFailure.TimedOut, null, "no answer within 30 s");

    /// <summary>What a try to connect meets when the greeting refuses.</summary>
    public static ConnectResult.Failed Greeting(int code, string text) =>
        new(SmtpPhase.Connect, ConnectFailure.Reply, new SmtpReply(code, null, text), "refused by the greeting");

    /// <summary>One transaction as the server sees it.</summary>
    /// <param name="Target">Which server.</param>
    /// <param name="Number">1 is the first of its connection.</param>
    /// <param name="Message">What was sent.</param>
    internal sealed record Transaction(SmtpTarget Target, int Number, OutgoingMessage Message)
    {
        /// <summary>The connection is of no more use afterwards.</summary>
        public bool ClosesConnection { get; set; }

        public IReadOnlyList<RecipientResponse> Taken() =>
            All(new RecipientResponse.Taken(SmtpReply.Of(250, "2.0.0", "Ok")));

        public IReadOnlyList<RecipientResponse> Refused(
            int code, string status, string text, SmtpPhase phase = SmtpPhase.Rcpt) =>
            All(new RecipientResponse.Refused(phase, SmtpReply.Of(code, status, text)));

        public IReadOnlyList<RecipientResponse> Broken(SmtpPhase phase, bool afterDot = false)
        {
            ClosesConnection = true;
            return All(new RecipientResponse.Broken(phase, "the server hung up", afterDot));
        }

        public IReadOnlyList<RecipientResponse> All(RecipientResponse response) =>
            [.. Message.Recipients.Select(_ => response)];

        public IReadOnlyList<RecipientResponse> Each(Func<Mailbox, RecipientResponse> answer) =>
            [.. Message.Recipients.Select(recipient => answer(recipient.Address))];
    }

    private sealed class Connection(ScriptedConnector server, SmtpTarget target) : ISmtpConnection
    {
        private int _transactions;
        private bool _isClosed;

        public SmtpTarget Target => target;

        public string SourceAddress => "192.0.2.1";

        public string TlsProtocol => "";

        public bool TlsVerified => target.Tls == TlsLevel.Verified;

        public CertificateObjection? TlsObjection => null;

        public string TlsFallback => "";

        public bool SupportsDsn => server.SupportsDsn;

        public bool IsUsable { get; private set; } = true;

        public bool HasGoneAway() => false;

        public async Task<IReadOnlyList<RecipientResponse>> SendAsync(
            OutgoingMessage message, CancellationToken lastDot, CancellationToken cancel)
        {
            var transaction = new Transaction(target, ++_transactions, message);
            if (message.Sender is null && !server.AnswersNotices) return transaction.Taken();
            server._sent.Enqueue((target, message));
            try
            {
                var stop = server.HoldsBeforeDot ? lastDot : cancel;
                var responses = await server.OnSend(transaction).AsTask().WaitAsync(stop);
                IsUsable = !transaction.ClosesConnection;
                return responses;
            }
            catch (OperationCanceledException)
            {
                IsUsable = false;
                return server.HoldsBeforeDot
                    ? transaction.Broken(SmtpPhase.Data)
                    : transaction.Broken(SmtpPhase.Eom, afterDot: true);
            }
        }

        public async Task QuitAsync(CancellationToken cancel)
        {
            await server.OnQuit();
            await DisposeAsync();
        }

        public ValueTask DisposeAsync()
        {
            lock (server._connects)
            {
                if (!_isClosed) server._open--;
                _isClosed = true;
            }
            return ValueTask.CompletedTask;
        }
    }
}
