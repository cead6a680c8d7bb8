using System.Text;
using Ekiden.Smtp.Client;
using Ekiden.Testing;
using static Ekiden.Smtp.Tests.Client.ClientFixture;

namespace Ekiden.Smtp.Tests.Client;

// reliability.md B-T11.
[Collection(MemoryMeasurement.Name)]
public class HostileReplyTests
{
    private const long Limit = 1024 * 1024;

    public static TheoryData<string, string, int> Replies() => new()
    {
        { "a line of 10 MiB", "250 " + new string('x', 1020), 10 * 1024 },
        { "a million lines", string.Concat(Enumerable.Repeat("250-x\r\n", 1000)), 1000 },
        { "LF only", "250 a\n", 1 },
        { "code 999", "999 a\r\n", 1 },
        { "an empty line", "\r\n", 1 },
        { "one digit", "2\r\n", 1 },
        { "NUL for ever", new string('\0', 1000), 10_000 },
        { "half a reply", "250-a\r\n250", 1 },
    };

    [Theory]
    [MemberData(nameof(Replies))]
    public async Task A_hostile_reply_ends_the_connection_with_bounded_memory(string what, string chunk, int times)
    {
        Assert.NotEmpty(what);
        var bytes = Encoding.UTF8.GetBytes(chunk);
        await using var server = ScriptedServer.Start(
            client => FloodAsync(client, bytes, times),
            async client =>
            {
                await client.LineAsync("220 mx");
                await client.ExpectAsync("EHLO");
                await FloodAsync(client, bytes, times);
            },
            async client =>
            {
                await TransactionTests.HelloAsync(client, "250-mx\r\n250 PIPELINING\r\n");
                await client.ExpectAsync("MAIL");
                await FloodAsync(client, bytes, times);
            });
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Assert.Equal(SmtpPhase.Connect, (await FailAsync(Target(server.Address))).Phase);
        Assert.Equal(SmtpPhase.Ehlo, (await FailAsync(Target(server.Address))).Phase);
        await using var connection = await OpenAsync(Target(server.Address));
        var response = Assert.Single(await connection.SendAsync(Message("x\r\n"), Cancel));
        Assert.False(Assert.IsType<RecipientResponse.Broken>(response).AfterDot);
        Assert.False(connection.IsUsable);
        // Everything that both sides allocated, garbage included, stays far below what was sent.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 3 * Limit);
    }

    private static async Task FloodAsync(ServerSide client, byte[] bytes, int times)
    {
        try
        {
            for (var i = 0; i < times; i++) await client.SayAsync(bytes);
            if (times == 1) client.HalfClose();
        }
        catch (IOException)
        {
            // The client hung up, as it should.
        }
    }
}
