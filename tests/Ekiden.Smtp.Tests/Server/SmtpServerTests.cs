using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ekiden.Smtp.Server;
using Ekiden.Testing;
using MailKit.Security;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;

namespace Ekiden.Smtp.Tests.Server;

/// <summary>The real server on loopback: sockets, TLS, PROXY, and how it stops.</summary>
public sealed class SmtpServerTests
{
    private static readonly SslStreamCertificateContext Certificate = CreateCertificate();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-256-PLUS")]
    public async Task MailKit_signs_in_over_STARTTLS_and_sends(string mechanism)
    {
        var receiver = new FakeMailReceiver();
        await using var server = Start(receiver, ListenerRole.Submission, ListenerTls.StartTls);
        using var client = new MailKit.Net.Smtp.SmtpClient { ServerCertificateValidationCallback = IsOurs };
        var port = server.Listeners[0].BoundEndPoint.Port;
        await client.ConnectAsync("127.0.0.1", port, SecureSocketOptions.StartTls, Cancel);
        Assert.Contains(mechanism, client.AuthenticationMechanisms);
        client.AuthenticationMechanisms.Clear();
        client.AuthenticationMechanisms.Add(mechanism);
        await client.AuthenticateAsync(FakeMailReceiver.User, FakeMailReceiver.Password, Cancel);
        await client.SendAsync(Message(), Cancel);
        await client.DisconnectAsync(quit: true, Cancel);
        var message = Assert.Single(receiver.Messages);
        Assert.Equal("s@a.test", message.Envelope.Sender!.ToString());
        Assert.Contains("\r\n.dots\r\n", message.Content, StringComparison.Ordinal);
    }

    // RFC 8689 §2.
    [Fact]
    public async Task REQUIRETLS_is_offered_and_taken_over_TLS_only()
    {
        var receiver = new FakeMailReceiver();
        await using var server = Start(receiver, ListenerRole.Inbound, ListenerTls.StartTls);
        using var client = await ConnectAsync(server);
        await AskAsync(client, "EHLO client.example\r\n", "250");
        await AskAsync(client, "MAIL FROM:<x@ext.test> REQUIRETLS\r\n", "555 5.5.4");
        await AskAsync(client, "STARTTLS\r\n", "220");
        await using var tls = new SslStream(new NetworkStream(client), leaveInnerStreamOpen: true, IsOurs);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mx.example" }, Cancel);
        await tls.WriteAsync("EHLO client.example\r\n"u8.ToArray(), Cancel);
        Assert.Contains("REQUIRETLS", await ReadReplyAsync(tls), StringComparison.Ordinal);
        foreach (var command in new[]
        {
            "MAIL FROM:<x@ext.test> REQUIRETLS\r\n", "RCPT TO:<bounce+ok@in.test>\r\n", "DATA\r\n",
            "From: <a@b.test>\r\n\r\nx\r\n.\r\n",
        })
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes(command), Cancel);
            Assert.Matches("^(250|354)", await ReadReplyAsync(tls));
        }
        Assert.True(Assert.Single(receiver.Messages).Envelope.RequireTls);
    }

    [Fact]
    public async Task MailKit_sends_over_implicit_TLS()
    {
        var receiver = new FakeMailReceiver();
        await using var server = Start(receiver, ListenerRole.Submission, ListenerTls.Implicit);
        using var client = new MailKit.Net.Smtp.SmtpClient { ServerCertificateValidationCallback = IsOurs };
        var port = server.Listeners[0].BoundEndPoint.Port;
        await client.ConnectAsync("127.0.0.1", port, SecureSocketOptions.SslOnConnect, Cancel);
        await client.AuthenticateAsync(FakeMailReceiver.User, FakeMailReceiver.Password, Cancel);
        for (var i = 0; i < 3; i++) await client.SendAsync(Message(), Cancel);
        await client.DisconnectAsync(quit: true, Cancel);
        Assert.Equal(3, receiver.Messages.Count);
    }

    [Fact]
    public async Task A_wrong_password_is_refused_whatever_the_mechanism()
    {
        await using var server = Start(new FakeMailReceiver(), ListenerRole.Submission, ListenerTls.StartTls);
        var port = server.Listeners[0].BoundEndPoint.Port;
        foreach (var mechanism in new[] { "PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS" })
        {
            using var client = new MailKit.Net.Smtp.SmtpClient { ServerCertificateValidationCallback = IsOurs };
            await client.ConnectAsync("127.0.0.1", port, SecureSocketOptions.StartTls, Cancel);
            client.AuthenticationMechanisms.Clear();
            client.AuthenticationMechanisms.Add(mechanism);
            await Assert.ThrowsAnyAsync<AuthenticationException>(
                () => client.AuthenticateAsync(FakeMailReceiver.User, "wrong", Cancel));
        }
    }

    // Reliability C-R1: what comes in one segment with STARTTLS is never answered, in clear or in TLS.
    [Fact]
    public async Task Commands_behind_STARTTLS_end_the_connection()
    {
        await using var server = Start(new FakeMailReceiver(), ListenerRole.Inbound, ListenerTls.StartTls);
        using var client = await ConnectAsync(server);
        await AskAsync(client, "EHLO client.example\r\n", "250");
        await client.SendAsync("STARTTLS\r\nNOOP\r\n"u8.ToArray(), Cancel);
        Assert.StartsWith("554 5.5.0", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    // Under TLS two records may arrive together: the second one is early talk all the same.
    [Fact]
    public async Task Content_before_354_is_refused_in_a_second_TLS_record()
    {
        await using var server = Start(new FakeMailReceiver(), ListenerRole.Inbound, ListenerTls.Implicit);
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server.Listeners[0].BoundEndPoint, Cancel);
        await using var gather = new GatheringStream(new NetworkStream(client));
        await using var tls = new SslStream(gather, leaveInnerStreamOpen: true, IsOurs);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mx.example" }, Cancel);
        await ReadReplyAsync(tls);
        foreach (var command in new[] { "EHLO x\r\n", "MAIL FROM:<x@ext.test>\r\n", "RCPT TO:<bounce+ok@in.test>\r\n" })
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes(command), Cancel);
            Assert.StartsWith("250", await ReadReplyAsync(tls), StringComparison.Ordinal);
        }
        gather.IsGathering = true;
        await tls.WriteAsync("DATA\r\n"u8.ToArray(), Cancel);
        await tls.WriteAsync("From: <a@b.test>\r\n\r\nx\r\n.\r\n"u8.ToArray(), Cancel);
        await gather.ReleaseAsync(Cancel);
        Assert.StartsWith("554 5.5.0", await ReadReplyAsync(tls), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_TLS_handshake_on_a_clear_port_is_told_off()
    {
        await using var server = Start(new FakeMailReceiver(), ListenerRole.Inbound, ListenerTls.StartTls);
        using var client = await ConnectAsync(server);
        await client.SendAsync(new byte[] { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03 }, Cancel);
        Assert.StartsWith("502 5.7.0", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.8", "192.0.2.8")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    public async Task A_listed_proxy_names_the_client(string named, string seen)
    {
        var addresses = new List<string>();
        var receiver = new FakeMailReceiver();
        await using var server = Start(receiver, ListenerRole.Relay, ListenerTls.None, options => options with
        {
            Proxies = [IPNetwork.Parse("127.0.0.0/8")],
            Allow = [IPNetwork.Parse($"{seen}/{(seen.Contains(':', StringComparison.Ordinal) ? 128 : 32)}")],
        });
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server.Listeners[0].BoundEndPoint, Cancel);
        var header = ProxyV2(IPAddress.Parse(named));
        foreach (var part in new[] { header[..5], header[5..] }) await client.SendAsync(part, Cancel);
        Assert.StartsWith("220", await ReadReplyAsync(client), StringComparison.Ordinal);
        await AskAsync(client, "EHLO x\r\n", "250");
        await AskAsync(client, "MAIL FROM:<x@ext.test>\r\n", "250");
        // Only a client in the listed networks may relay: so the named address is what counts.
        await AskAsync(client, "RCPT TO:<u@out.test>\r\n", "250");
    }

    [Fact]
    public async Task Without_a_PROXY_header_nothing_is_said()
    {
        await using var server = Start(
            new FakeMailReceiver(), ListenerRole.Inbound, ListenerTls.None,
            options => options with { Proxies = [IPNetwork.Parse("127.0.0.0/8")] });
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server.Listeners[0].BoundEndPoint, Cancel);
        await client.SendAsync("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"u8.ToArray(), Cancel);
        Assert.Equal("", await ReadToEndAsync(client));
    }

    // Reliability D-T4: on an ordinary port such a line is only a command nobody knows.
    [Fact]
    public async Task A_PROXY_line_on_an_ordinary_port_has_no_effect()
    {
        await using var server = Start(new FakeMailReceiver(), ListenerRole.Inbound, ListenerTls.None);
        using var client = await ConnectAsync(server);
        await AskAsync(client, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "500");
    }

    // Reliability D-R1: nobody relays by default, not even loopback.
    [Fact]
    public async Task Loopback_may_not_relay_by_default()
    {
        await using var server = Start(new FakeMailReceiver(), ListenerRole.Relay, ListenerTls.None);
        using var client = await ConnectAsync(server);
        await AskAsync(client, "EHLO x\r\n", "250");
        await AskAsync(client, "MAIL FROM:<x@ext.test>\r\n", "250");
        await AskAsync(client, "RCPT TO:<u@out.test>\r\n", "550 5.7.1");
    }

    [Fact]
    public async Task An_address_has_so_many_connections_and_is_told_so()
    {
        await using var server = Start(
            new FakeMailReceiver(), ListenerRole.Inbound, ListenerTls.None,
            connections: new ConnectionLimits { PerAddress = 2 });
        using var first = await ConnectAsync(server);
        using var second = await ConnectAsync(server);
        using var third = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await third.ConnectAsync(server.Listeners[0].BoundEndPoint, Cancel);
        Assert.StartsWith("421 4.7.0", await ReadToEndAsync(third), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listed_relay_clients_have_no_limit_per_address()
    {
        await using var server = Start(
            new FakeMailReceiver(), ListenerRole.Relay, ListenerTls.None,
            options => options with { Allow = [IPNetwork.Parse("127.0.0.0/8")] },
            new ConnectionLimits { PerAddress = 1, NewPerMinute = 1 });
        using var first = await ConnectAsync(server);
        using var second = await ConnectAsync(server);
        await AskAsync(second, "EHLO x\r\n", "250");
        Assert.Equal(2, server.ConnectionCount);
    }

    // Reliability M-R6: 421 between transactions, while a message that is being received ends.
    [Fact]
    public async Task A_stop_lets_running_DATA_finish()
    {
        var receiver = new FakeMailReceiver();
        await using var server = Start(receiver, ListenerRole.Inbound, ListenerTls.None);
        using var idle = await ConnectAsync(server);
        using var busy = await ConnectAsync(server);
        await AskAsync(busy, "EHLO x\r\n", "250");
        await AskAsync(busy, "MAIL FROM:<x@ext.test>\r\n", "250");
        await AskAsync(busy, "RCPT TO:<bounce+ok@in.test>\r\n", "250");
        await AskAsync(busy, "DATA\r\n", "354");
        await busy.SendAsync("From: <x@ext.test>\r\n"u8.ToArray(), Cancel);
        var stop = server.StopAsync(Cancel);
        Assert.StartsWith("421 4.3.2", await ReadToEndAsync(idle), StringComparison.Ordinal);
        Assert.False(stop.IsCompleted);
        await busy.SendAsync("\r\nbody\r\n.\r\n"u8.ToArray(), Cancel);
        var last = await ReadToEndAsync(busy);
        Assert.StartsWith("250 2.0.0", last, StringComparison.Ordinal);
        Assert.Contains("421 4.3.2", last, StringComparison.Ordinal);
        busy.Dispose();
        idle.Dispose();
        await stop;
        Assert.Single(receiver.Messages);
        Assert.Equal(0, server.ConnectionCount);
    }

    // Reliability M-R6: a dot counts until 5 s after the stop, and not later.
    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public Task A_dot_counts_for_five_seconds_after_a_stop(int seconds, bool isTaken) =>
        DialogueSession.InlineAsync(async () =>
        {
            var receiver = new FakeMailReceiver();
            await using var session = await DialogueSession.StartAsync(new DialogueOptions { Receiver = receiver });
            await session.SendAsync("EHLO x\r\n");
            await session.SendAsync("MAIL FROM:<x@ext.test>\r\nRCPT TO:<bounce+ok@in.test>\r\nDATA\r\n");
            for (var reply = session.TryReadReply(); reply is not null; reply = session.TryReadReply())
                Assert.True(reply[0] is '2' or '3', reply);
            await session.SendAsync("Subject: x\r\n\r\n");
            await session.StopAsync();
            session.Clock.Advance(TimeSpan.FromSeconds(seconds));
            if (isTaken) await session.SendAsync("body\r\n.\r\n");
            Assert.StartsWith(isTaken ? "250" : "421 4.3.2", session.ReadReply(), StringComparison.Ordinal);
            Assert.Equal(isTaken ? 1 : 0, receiver.Messages.Count);
        });

    // Reliability H-T4: a client that sends and never reads is held up, and later closed; memory stays flat.
    [Fact]
    public async Task A_client_that_never_reads_is_held_up()
    {
        await using var server = Start(
            new FakeMailReceiver(), ListenerRole.Relay, ListenerTls.None,
            options => options with { Allow = [IPNetwork.Parse("127.0.0.0/8")] },
            limits: new SessionLimits { WriteTimeout = TimeSpan.FromMilliseconds(300) });
        using var client = await ConnectAsync(server);
        await AskAsync(client, "EHLO x\r\n", "250");
        var commands = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("HELP\r\n", 1_000)));
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true) await client.SendAsync(commands, Cancel);
        });
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        await using var server = Start(new FakeMailReceiver(), ListenerRole.Inbound, ListenerTls.None);
        var taken = server.Listeners[0].BoundEndPoint;
        var trouble = Assert.Throws<IOException>(() => Start(
            new FakeMailReceiver(), ListenerRole.Inbound, ListenerTls.None,
            options => options with { EndPoint = taken }));
        Assert.Contains($"\"test\" cannot open {taken}", trouble.Message, StringComparison.Ordinal);
    }

    private static bool IsOurs(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) =>
        shown?.GetCertHashString() == Certificate.TargetCertificate.GetCertHashString();

    private static SmtpServer Start(
        FakeMailReceiver receiver, ListenerRole role, ListenerTls tls,
        Func<ListenerOptions, ListenerOptions>? change = null,
        ConnectionLimits? connections = null, SessionLimits? limits = null)
    {
        var listener = new ListenerOptions
        {
            Name = "test",
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Role = role,
            Tls = tls,
            Certificate = _ => Certificate,
        };
        var options = new SmtpServerOptions
        {
            HostName = "mx.example",
            Listeners = [change?.Invoke(listener) ?? listener],
            Connections = connections ?? new ConnectionLimits(),
            Limits = limits ?? new SessionLimits(),
        };
        var server = new SmtpServer(options, receiver, TimeProvider.System, NullLogger<SmtpServer>.Instance);
        server.Start();
        return server;
    }

    private static async Task<Socket> ConnectAsync(SmtpServer server)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server.Listeners[0].BoundEndPoint, Cancel);
        Assert.StartsWith("220", await ReadReplyAsync(client), StringComparison.Ordinal);
        return client;
    }

    private static async Task AskAsync(Socket client, string command, string reply)
    {
        await client.SendAsync(Encoding.ASCII.GetBytes(command), Cancel);
        Assert.StartsWith(reply, await ReadReplyAsync(client), StringComparison.Ordinal);
    }

    private static async Task<string> ReadReplyAsync(Socket client)
    {
        await using var stream = new NetworkStream(client, ownsSocket: false);
        return await ReadReplyAsync(stream);
    }

    // One whole reply; the server says nothing behind it before it is asked.
    private static async Task<string> ReadReplyAsync(Stream stream)
    {
        var reply = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var received = await stream.ReadAsync(buffer, Cancel);
            reply.Append(Encoding.ASCII.GetString(buffer, 0, received));
            var text = reply.ToString();
            var lastLine = text.Split("\r\n") is [.., var last, ""] ? last : "";
            if (received == 0 || (lastLine.Length > 3 && lastLine[3] == ' ')) return text;
        }
    }

    private static async Task<string> ReadToEndAsync(Socket client)
    {
        await using var stream = new NetworkStream(client, ownsSocket: false);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(Cancel);
    }

    private static MimeMessage Message()
    {
        var message = new MimeMessage();
        message.From.Add(MailboxAddress.Parse("s@a.test"));
        message.To.Add(MailboxAddress.Parse("v@sink.test"));
        message.Subject = "hello";
        message.Body = new TextPart("plain") { Text = "first\r\n.dots\r\nlast\r\n" };
        return message;
    }

    private static byte[] ProxyV2(IPAddress client)
    {
        var bytes = client.GetAddressBytes();
        var header = new byte[16 + bytes.Length * 2 + 4];
        "\r\n\r\n\0\r\nQUIT\n"u8.CopyTo(header);
        header[12] = 0x21;
        header[13] = (byte)(bytes.Length == 4 ? 0x11 : 0x21);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), (ushort)(bytes.Length * 2 + 4));
        bytes.CopyTo(header, 16);
        return header;
    }

    private static SslStreamCertificateContext CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mx.example", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return SslStreamCertificateContext.Create(certificate, null);
    }

    /// <summary>Holds writes back, so that several TLS records leave in one segment.</summary>
    private sealed class GatheringStream(Stream inner) : Stream
    {
        private readonly MemoryStream _held = new();

        public bool IsGathering { get; set; }
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }


        public async Task ReleaseAsync(CancellationToken cancel)
        {
            IsGathering = false;
            await inner.WriteAsync(_held.ToArray(), cancel);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!IsGathering) return inner.WriteAsync(buffer, cancellationToken);
            _held.Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
