using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Ekiden.Smtp.Client;

/// <summary>
/// Makes connections to servers, up to the point where MAIL can be said. Safe for many callers at once.
/// </summary>
public sealed partial class SmtpConnector(TimeProvider clock, ILogger<SmtpConnector> log)
{
    // Linux: the port is chosen at connect, so that one local address serves many connections.
    private const int IpBindAddressNoPort = 24;

    /// <summary>Connects to one server, from the given address, with the TLS that the target asks for.</summary>
    /// <returns>An open connection, or why there is none. Never throws for what the network or the peer does.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left open.</exception>
    public async Task<ConnectOutcome> ConnectAsync(
        SmtpTarget target, SmtpClientOptions options, CancellationToken cancel)
    {
        var (outcome, mayFallBack) = await TryAsync(target, target.Tls, options, cancel);
        if (!mayFallBack || outcome is not ConnectOutcome.Failed failed) return outcome;
        // reliability.md C-R6: in clear only on a new connection; this one may have been tampered with.
        SmtpClientInstruments.TlsFallbacks.Add(1);
        Log.FallingBack(log, target.HostName, target.Address, failed.Why);
        (outcome, _) = await TryAsync(target, TlsLevel.None, options, cancel);
        if (outcome is ConnectOutcome.Connected { Connection: var connection }) connection.TlsFallback = failed.Why;
        return outcome;
    }

    private async Task<(ConnectOutcome Outcome, bool MayFallBack)> TryAsync(
        SmtpTarget target, TlsLevel level, SmtpClientOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        EndPoint address = target.SocketPath is { } path ? new UnixDomainSocketEndPoint(path) : target.Address;
        if (!TryOpen(address, target.LocalAddress, out var socket, out var trouble))
            return (new ConnectOutcome.Failed(SmtpPhase.Connect, ConnectFailure.Local, null, trouble), false);

        var wire = new ClientWire(socket, clock);
        var connection = new SmtpClientConnection(wire, options, target);
        var handshake = new ClientHandshake(wire, target, level, options, connection);
        var isOpen = false;
        await using var stop = cancel.UnsafeRegister(
            static wire => ((ClientWire)wire!).Abort(ConnectFailure.Local, "stopped by us"), wire);
        try
        {
            if (await handshake.RunAsync(address) is { } failed)
            {
                cancel.ThrowIfCancellationRequested();
                if (failed.Kind == ConnectFailure.StartTlsInjection) ReportInjection(target);
                if (failed.Reply?.Code != 421) await connection.QuitAsync(cancel);
                return (failed, handshake.MayFallBack(failed));
            }
            connection.LocalAddress = socket.LocalEndPoint as IPEndPoint;
            wire.Rest();
            isOpen = true;
            return (new ConnectOutcome.Connected(connection), false);
        }
        finally
        {
            if (!isOpen) await connection.DisposeAsync();
        }
    }

    private static bool TryOpen(
        EndPoint address, IPAddress? local, [NotNullWhen(true)] out Socket? socket,
        [NotNullWhen(false)] out string? trouble)
    {
        socket = null;
        trouble = null;
        try
        {
            var protocol = address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified;
            socket = new Socket(address.AddressFamily, SocketType.Stream, protocol);
            if (protocol == ProtocolType.Tcp) socket.NoDelay = true;
            if (local is null || protocol != ProtocolType.Tcp) return true;
            if (OperatingSystem.IsLinux())
                socket.SetRawSocketOption((int)SocketOptionLevel.IP, IpBindAddressNoPort, BitConverter.GetBytes(1));
            socket.Bind(new IPEndPoint(local, 0));
            return true;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            trouble = $"no socket on {local?.ToString() ?? "any address"}: {e.SocketErrorCode}";
            return false;
        }
    }

    private void ReportInjection(SmtpTarget target)
    {
        SmtpClientInstruments.StartTlsInjections.Add(1);
        Log.StartTlsInjection(log, target.HostName, target.Address);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning,
            "starttls_injection: {HostName} ({Address}) sent bytes in clear behind its reply to STARTTLS; given up")]
        public static partial void StartTlsInjection(ILogger log, string hostName, IPEndPoint address);

        [LoggerMessage(LogLevel.Debug, "TLS to {HostName} ({Address}) failed, sending in clear: {Why}")]
        public static partial void FallingBack(ILogger log, string hostName, IPEndPoint address, string why);
    }
}
