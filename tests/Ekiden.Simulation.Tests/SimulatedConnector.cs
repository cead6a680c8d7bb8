using Ekiden.Delivery.Connections;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Simulation.Tests;

/// <summary>Connections to <see cref="Receiver"/>s by host name; everything takes simulated time.</summary>
internal sealed class SimulatedConnector(SimulatedTime time, Func<string, Receiver> receivers) : ISmtpConnector
{
    public ValueTask<ConnectResult> ConnectAsync(SmtpTarget target, CancellationToken cancel)
    {
        var receiver = receivers(target.HostName);
        var done = new TaskCompletionSource<ConnectResult>();
        time.After(receiver.Greeting, _ => done.SetResult(
            receiver.Connect(target) is { } failure
                ? failure
                : new ConnectResult.Connected(new Connection(time, receiver, target))));
        return new(done.Task);
    }

    private sealed class Connection(SimulatedTime time, Receiver receiver, SmtpTarget target) : ISmtpConnection
    {
        private static readonly RecipientResponse Taken = new RecipientResponse.Taken(SmtpReply.Of(250, "2.0.0", "Ok"));
        private static readonly IReadOnlyList<RecipientResponse> OneTaken = [Taken];

        private int _transactions;
        private bool _isClosed;

        public SmtpTarget Target => target;

        public string SourceAddress { get; } = target.LocalAddress?.ToString() ?? "";

        public string TlsProtocol => "";

        public bool TlsVerified => false;

        public string TlsFallback => "";

        public CertificateObjection? TlsObjection => null;

        public bool SupportsDsn => false;

        public bool IsUsable { get; private set; } = true;

        public bool HasGoneAway() => _isClosed;

        public Task<IReadOnlyList<RecipientResponse>> SendAsync(
            OutgoingMessage message, CancellationToken lastDot, CancellationToken cancel)
        {
            var done = new TaskCompletionSource<IReadOnlyList<RecipientResponse>>();
            if (_isClosed)
            {
                time.After(TimeSpan.FromMilliseconds(1), _ => Finish(done, message, Refusal.Reset));
                return done.Task;
            }
            time.After(receiver.Begin(), _ =>
            {
                var sender = message.Sender?.ToString() ?? "";
                var refusal = receiver.Judge(++_transactions, SourceAddress, sender);
                if (receiver.ClosesAfter(_transactions)) Close();
                Finish(done, message, refusal);
            });
            return done.Task;
        }

        public Task QuitAsync(CancellationToken cancel) => DisposeAsync().AsTask();

        public ValueTask DisposeAsync()
        {
            Close();
            return ValueTask.CompletedTask;
        }

        private void Finish(
            TaskCompletionSource<IReadOnlyList<RecipientResponse>> done, OutgoingMessage message, Refusal? refusal)
        {
            if (refusal is { Closes: true })
            {
                IsUsable = false;
                Close();
            }
            if (refusal is null && message.Recipients.Count == 1)
            {
                done.SetResult(OneTaken);
                return;
            }
            var response = refusal?.ToResponse() ?? Taken;
            done.SetResult([.. message.Recipients.Select(_ => response)]);
        }

        private void Close()
        {
            if (_isClosed) return;
            _isClosed = true;
            receiver.Closed();
        }
    }
}
