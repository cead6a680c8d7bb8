using System.Net;
using System.Net.Sockets;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Vectors;

/// <summary>The name service vectors: a resolver of the test's own, a sink on 127.0.0.2, a decoy on every other
/// address used.</summary>
public sealed class DnsVectorTests
{
    private static readonly IPAddress SinkAddress = IPAddress.Parse("127.0.0.2");

    public static TheoryData<string> Ids() =>
        [.. Vector.All.Where(vector => vector.Kind == "dns" && Claims.Of(vector.Id) == Claims.Here).Select(
            vector => vector.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Vector_ends_as_it_must(string id)
    {
        var vector = Vector.Of(id);
        var expect = vector.Json.GetProperty("expect");
        await using var sink = FakeMx.Start(address: new IPEndPoint(SinkAddress, 0));
        using var decoy = new Decoy(sink.Address.Port);
        await using var notices = FakeMx.Start();
        var zone = vector.Json.GetProperty("zone").EnumerateArray().Select(line => line.GetString()!).ToArray();
        await using var names = FakeDnsServer.Start(FakeDnsZone.Parse(zone, ("sink", SinkAddress)));
        using var settings = Settings(names, sink, notices);
        await using var server = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(server, settings.File);

        await SendAsync(server, vector.Text("rcpt"));
        var outcome = await server.WaitForLogAsync("\"event\":\"(Delivered|Deferred|Failed)\"");

        Assert.Contains($"\"event\":\"{expect.GetProperty("result").GetString()}\"", outcome,
            StringComparison.OrdinalIgnoreCase);
        if (expect.TryGetProperty("status", out var status))
            Assert.Matches($"\\b{status.GetString()![1..]}", outcome);
        Assert.Equal(expect.GetProperty("connects").GetInt32(), sink.Connections);
        Assert.Equal(0, decoy.Connections);
        if (expect.TryGetProperty("never_asked", out var never))
            Assert.Empty(names.Questions.Intersect(never.EnumerateArray().Select(question => question.GetString()!)));
        if (!expect.TryGetProperty("dsns", out var dsns)) return;
        await notices.WaitForAsync(dsns.GetInt32(), TestContext.Current.CancellationToken);
        await admin.WaitUntilEmptyAsync();
        Assert.Equal(dsns.GetInt32(), notices.Messages.Count);
    }

    private static TestSettings Settings(FakeDnsServer names, FakeMx sink, FakeMx notices) => new($"""
        [[listener]]
        name = "relay"
        address = "127.0.0.1:0"
        role = "relay"
        tls = "none"
        allow = ["127.0.0.1/32"]
        [dns]
        servers = ["{names.EndPoint}"]
        [delivery]
        mx_port = {sink.Address.Port}
        allow_targets = ["{SinkAddress}/32"]
        [[route]]
        match = "sender.test"
        hosts = ["{notices.Address}"]
        """);

    private static async Task SendAsync(EkidenProcess server, string recipient)
    {
        await using var client = await RawSmtp.ConnectAsync(server.Listener("relay"));
        await client.ExpectAsync("220");
        await client.AskAsync("EHLO x", "250");
        await client.AskAsync("MAIL FROM:<s@sender.test>", "250");
        await client.AskAsync($"RCPT TO:<{recipient}>", "250");
        await client.AskAsync("DATA", "354");
        await client.AskAsync(Vector.Header + "b\r\n.", "250");
    }

    /// <summary>Listens where nobody may connect, on 127.0.0.1, and counts who does.</summary>
    private sealed class Decoy : IDisposable
    {
        private readonly TcpListener _listener;
        private int _connections;

        public Decoy(int port)
        {
            _listener = new TcpListener(IPAddress.Loopback, port);
            _listener.Start();
            _ = CountAsync();
        }

        public int Connections => Volatile.Read(ref _connections);

        public void Dispose() => _listener.Dispose();

        private async Task CountAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptSocketAsync();
                    Interlocked.Increment(ref _connections);
                }
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // the test is over
            }
        }
    }
}
