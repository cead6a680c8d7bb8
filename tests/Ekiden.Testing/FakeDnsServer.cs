using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ekiden.Testing;

/// <summary>
/// A name server on a free loopback port, UDP and TCP, that answers from zone text: <see cref="FakeDnsZone"/>.
/// </summary>
public sealed class FakeDnsServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly TcpListener _tcp;
    private readonly UdpClient _udp;
    private readonly ConcurrentQueue<string> _questions = new();
    private readonly ConcurrentQueue<string> _tcpQuestions = new();
    private readonly Task[] _loops;

    private FakeDnsServer(FakeDnsZone zone, TcpListener tcp, UdpClient udp)
    {
        Zone = zone;
        (_tcp, _udp) = (tcp, udp);
        EndPoint = (IPEndPoint)tcp.LocalEndpoint;
        _loops = [ServeUdpAsync(), ServeTcpAsync()];
    }

    /// <summary>Where it listens, UDP and TCP.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>What is answered; may be replaced between two questions.</summary>
    public FakeDnsZone Zone { get; set; }

    /// <summary>Answers carry the AD bit.</summary>
    public bool IsAuthenticated { get; set; }

    /// <summary>Changes every response before it is sent; null sends it as it is.</summary>
    public Func<byte[], byte[]>? Spoil { get; set; }

    /// <summary>Every question so far, over UDP or TCP, in order, such as <c>d.test MX</c>.</summary>
    public IReadOnlyCollection<string> Questions => _questions;

    /// <summary>Those that came over TCP.</summary>
    public IReadOnlyCollection<string> TcpQuestions => _tcpQuestions;

    /// <summary>A running server for these lines.</summary>
    public static FakeDnsServer Start(params string[] lines) => Start(FakeDnsZone.Parse(lines));

    /// <summary>A running server for this zone.</summary>
    public static FakeDnsServer Start(FakeDnsZone zone)
    {
        while (true)
        {
            var tcp = new TcpListener(IPAddress.Loopback, 0);
            tcp.Start();
            try
            {
                // somebody else may have the same port for UDP
                return new FakeDnsServer(zone, tcp, new UdpClient((IPEndPoint)tcp.LocalEndpoint));
            }
            catch (SocketException)
            {
                tcp.Stop();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _tcp.Stop();
        _udp.Dispose();
        await Task.WhenAll(_loops);
        _stopping.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        try
        {
            while (true)
            {
                var query = await _udp.ReceiveAsync(_stopping.Token);
                if (Answer(query.Buffer, isTcp: false) is { } response)
                    await _udp.SendAsync(response, query.RemoteEndPoint, _stopping.Token);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // stopped
        }
    }

    private async Task ServeTcpAsync()
    {
        var clients = new List<Task>();
        try
        {
            while (true) clients.Add(ServeTcpClientAsync(await _tcp.AcceptTcpClientAsync(_stopping.Token)));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(clients);
        }
    }

    private async Task ServeTcpClientAsync(TcpClient client)
    {
        try
        {
            using var _ = client;
            var stream = client.GetStream();
            var length = new byte[2];
            while (await stream.ReadAtLeastAsync(length, 2, throwOnEndOfStream: false, _stopping.Token) == 2)
            {
                var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query, _stopping.Token);
                if (Answer(query, isTcp: true) is not { } response) return;
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)response.Length);
                await stream.WriteAsync((byte[])[.. length, .. response], _stopping.Token);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or SocketException)
        {
            // the client or the server has gone
        }
    }

    // Null: no answer, or over TCP the end of the connection.
    private byte[]? Answer(byte[] query, bool isTcp)
    {
        var message = FakeDnsMessage.ReadQuery(query);
        var question = $"{message.Name} {message.Type}";
        _questions.Enqueue(question);
        if (isTcp) _tcpQuestions.Enqueue(question);
        var response = message.Answer(Zone, isTcp, IsAuthenticated);
        return response is null || Spoil is null ? response : Spoil(response);
    }
}
