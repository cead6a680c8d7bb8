using Ekiden.Smtp.Client;
using Ekiden.Testing;
using static Ekiden.Smtp.Tests.Client.ClientFixture;

namespace Ekiden.Smtp.Tests.Client;

public sealed class LastDotTests
{
    // reliability.md M-R6: no new dot after the moment.
    [Fact]
    public async Task A_transaction_before_its_dot_ends_at_the_last_dot()
    {
        using var lastDot = new CancellationTokenSource();
        await using var server = ScriptedServer.Start(async client =>
        {
            await GreetAsync(client);
            foreach (var start in new[] { "MAIL", "RCPT", "DATA" }) await client.ExpectAsync(start);
            await lastDot.CancelAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address));
        var response = Assert.Single(await connection.SendAsync(Message("x\r\n"), lastDot.Token, Cancel));
        Assert.False(Assert.IsType<RecipientResponse.Broken>(response).AfterDot);
        Assert.False(connection.IsUsable);
        await server.DisposeAsync();
        Assert.Equal("DATA", server.ClearLines.Last());
    }

    [Fact]
    public async Task A_transaction_behind_its_dot_is_answered_after_the_last_dot()
    {
        using var lastDot = new CancellationTokenSource();
        await using var server = ScriptedServer.Start(async client =>
        {
            await GreetAsync(client);
            foreach (var start in new[] { "MAIL", "RCPT", "DATA" }) await client.ExpectAsync(start);
            await client.SayAsync("250 a\r\n250 b\r\n354 d\r\n");
            await client.ReadContentAsync();
            await lastDot.CancelAsync();
            await client.SayAsync("250 taken\r\n");
        });
        await using var connection = await OpenAsync(Target(server.Address));
        var responses = await connection.SendAsync(Message("x\r\n"), lastDot.Token, Cancel);
        Assert.IsType<RecipientResponse.Taken>(Assert.Single(responses));
    }

    private static async Task GreetAsync(ServerSide client)
    {
        await client.LineAsync("220 mx.example");
        await client.ExpectAsync("EHLO");
        await client.SayAsync("250-mx\r\n250 PIPELINING\r\n");
    }
}
