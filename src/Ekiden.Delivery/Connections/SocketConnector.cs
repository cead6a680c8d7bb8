using System.Security.Authentication;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Connections;

/// <summary>The connector over sockets: <see cref="SmtpConnector"/> with one set of options.</summary>
public sealed class SocketConnector(SmtpConnector connector, SmtpClientOptions options) : ISmtpConnector
{
    /// <inheritdoc/>
    public async ValueTask<ConnectResult> ConnectAsync(SmtpTarget target, CancellationToken cancel) =>
        await connector.ConnectAsync(target, options, cancel) switch
        {
            ConnectOutcome.Connected { Connection: var connection } =>
                new ConnectResult.Connected(new Open(connection)),
            ConnectOutcome.Failed f => new ConnectResult.Failed(f.Phase, f.Kind, f.Reply, f.Why) { Fault = f.Fault },
            var other => throw new InvalidOperationException($"no result for {other.GetType().Name}"),
        };

    private sealed class Open(SmtpClientConnection connection) : ISmtpConnection
    {
        public SmtpTarget Target => connection.Target;

        public string SourceAddress { get; } = connection.LocalAddress?.Address.ToString() ?? "";

        public string TlsProtocol { get; } = connection.Tls?.Protocol switch
        {
            null => "",
            SslProtocols.Tls13 => "TLSv1.3",
            SslProtocols.Tls12 => "TLSv1.2",
            var other => other.ToString()!,
        };

        public CertificateObjection? TlsObjection => connection.Tls?.Objection;

        public string TlsFallback => connection.TlsFallback ?? "";

        public bool TlsVerified => connection.Tls?.Verified ?? false;

        public bool SupportsDsn => connection.Extensions.Dsn;

        public bool IsUsable => connection.IsUsable;

        public bool HasGoneAway() => connection.HasGoneAway();

        public Task<IReadOnlyList<RecipientResponse>> SendAsync(
            OutgoingMessage message, CancellationToken lastDot, CancellationToken cancel) =>
            connection.SendAsync(message, lastDot, cancel);

        public Task QuitAsync(CancellationToken cancel) => connection.QuitAsync(cancel);

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
