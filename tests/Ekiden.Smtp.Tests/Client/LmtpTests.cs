using System.Net;
using System.Net.Sockets;
using Ekiden.Smtp.Client;
using Ekiden.Testing;
using static Ekiden.Smtp.Tests.Client.ClientFixture;
using static Ekiden.Smtp.Tests.Client.TransactionTests;

namespace Ekiden.Smtp.Tests.Client;

// RFC 2033.
public class LmtpTests
{
    [Theory]
    [InlineData("250 a\r\n450 4.2.2 Full\r\n", "Taken 250", "Refused Rcpt 550", "Refused Eom 450")]
    [InlineData("250 a\r\n421 Bye\r\n", "Taken 250", "Refused Rcpt 550", "Refused Eom 421")]
    [InlineData("250 a\r\n", "Taken 250", "Refused Rcpt 550", "Broken Eom after dot")]
    [InlineData("", "Broken Eom after dot", "Refused Rcpt 550", "Broken Eom after dot")]
    public async Task After_the_dot_each_accepted_recipient_has_its_own_reply(string replies, params string[] expected)
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync("220 store");
            await client.ExpectAsync("LHLO client.example");
            await client.SayAsync("250-store\r\n250 PIPELINING\r\n");
            await client.ExpectAsync("MAIL");
            for (var i = 0; i < 3; i++) await client.ExpectAsync("RCPT");
            await client.ExpectAsync("DATA");
            await client.SayAsync("250 a\r\n250 b\r\n550 c\r\n250 d\r\n354 e\r\n");
            await client.ReadContentAsync();
            await client.SayAsync(replies);
        });
        await using var connection = await OpenAsync(Target(server.Address) with { Protocol = MailProtocol.Lmtp });
        var responses = await connection.SendAsync(
            Message("x\r\n", "a@example.net", "b@example.net", "c@example.net"), Cancel);
        Assert.Equal(expected, responses.Select(Short));
    }

    [Fact]
    public async Task HELO_is_never_said()
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync("220 store");
            await client.ExpectAsync("LHLO");
            await client.LineAsync("500 What?");
            await client.ExpectAsync("QUIT");
        });
        var failed = await FailAsync(Target(server.Address) with { Protocol = MailProtocol.Lmtp });
        Assert.Equal((SmtpPhase.Ehlo, ConnectFailure.Reply), (failed.Phase, failed.Kind));
    }

    [Fact]
    public async Task A_Unix_socket_will_do()
    {
        var path = Path.Combine(Path.GetTempPath(), $"ekiden-{Guid.NewGuid():N}.sock");
        await using var server = ScriptedServer.StartAt(new UnixDomainSocketEndPoint(path), async client =>
        {
            await client.LineAsync("220 store");
            await client.ExpectAsync("LHLO");
            await client.LineAsync("250 store");
            await client.ReadToEndAsync();
        });
        var target = new SmtpTarget("store", new IPEndPoint(0, 0), null, "client.example", TlsLevel.None)
        {
            Protocol = MailProtocol.Lmtp,
            SocketPath = path,
        };
        await using var connection = await OpenAsync(target);
        Assert.True(connection.IsUsable);
        File.Delete(path);
    }
}
