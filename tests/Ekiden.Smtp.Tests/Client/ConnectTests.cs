using System.Net;
using System.Net.Sockets;
using Ekiden.Smtp.Client;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;
using static Ekiden.Smtp.Tests.Client.ClientFixture;

namespace Ekiden.Smtp.Tests.Client;

public class ConnectTests
{
    // reliability.md §5.2.
    [Fact]
    public void The_timeouts_are_those_of_the_table()
    {
        var options = new SmtpClientOptions();
        Assert.Equal(
            [30, 300, 60, 300, 120, 180, 600, 60, 20, 5, 45 * 60],
            new[]
            {
                options.ConnectTimeout, options.GreetingTimeout, options.HandshakeTimeout, options.CommandTimeout,
                options.DataTimeout, options.BlockTimeout, options.DotTimeout, options.StallTimeout,
                options.ResetTimeout, options.QuitTimeout, options.AttemptTimeout,
            }.Select(limit => (int)limit.TotalSeconds));
    }

    [Fact]
    public async Task A_connection_is_ready_after_EHLO()
    {
        await using var mx = FakeMx.Start();
        await using var connection = await OpenAsync(Target(mx.Address));
        Assert.True(connection.IsUsable);
        Assert.False(connection.HasGoneAway());
        Assert.Null(connection.Tls);
        Assert.Equal(26214400, connection.Extensions.SizeLimit);
        Assert.Equal(IPAddress.Loopback, connection.LocalAddress?.Address);
    }

    [Fact]
    public async Task It_leaves_from_the_given_address()
    {
        await using var mx = FakeMx.Start();
        var local = IPAddress.Parse("127.0.0.9");
        await using var connection = await OpenAsync(Target(mx.Address) with { LocalAddress = local });
        Assert.Equal(local, connection.LocalAddress?.Address);
    }

    [Fact]
    public async Task An_address_that_is_not_ours_is_our_own_trouble()
    {
        await using var mx = FakeMx.Start();
        var failed = await FailAsync(Target(mx.Address) with { LocalAddress = IPAddress.Parse("192.0.2.1") });
        Assert.Equal((SmtpPhase.Connect, ConnectFailure.Local), (failed.Phase, failed.Kind));
    }

    [Fact]
    public async Task Nobody_listening_is_refused()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound, not listening
        var failed = await FailAsync(Target((IPEndPoint)taken.LocalEndPoint!));
        Assert.Equal((SmtpPhase.Connect, ConnectFailure.Refused), (failed.Phase, failed.Kind));
        Assert.Null(failed.Reply);
    }

    [Theory]
    [InlineData("421 4.3.2 Shutting down", ConnectFailure.Reply, 421)]
    [InlineData("450 Later", ConnectFailure.Reply, 450)]
    [InlineData("554 5.7.1 Not you", ConnectFailure.Reply, 554)]
    [InlineData("221 Bye", ConnectFailure.BrokenReply, 221)]
    [InlineData("354 Go", ConnectFailure.BrokenReply, 354)]
    [InlineData("hello", ConnectFailure.BrokenReply, null)]
    public async Task A_greeting_other_than_220_is_the_end(string greeting, ConnectFailure kind, int? code)
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync(greeting);
            while (await client.ReadLineAsync() is not null) await client.LineAsync("221 Bye");
        });
        var failed = await FailAsync(Target(server.Address));
        Assert.Equal((SmtpPhase.Connect, kind, code), (failed.Phase, failed.Kind, failed.Reply?.Code));
        await server.DisposeAsync();
        // RFC 5321 §3.1: the client should say QUIT, unless the server closes by itself.
        Assert.Equal(code is null or 421 ? [] : ["QUIT"], server.ClearLines);
    }

    [Fact]
    public async Task A_server_that_knows_no_EHLO_gets_HELO()
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync("220 old");
            await client.ExpectAsync("EHLO client.example");
            await client.LineAsync("500 What?");
            await client.ExpectAsync("HELO client.example");
            await client.LineAsync("250 old PIPELINING");
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address, TlsLevel.Opportunistic));
        Assert.Equal(ServerExtensions.None, connection.Extensions);
    }

    [Theory]
    [InlineData("421 Shutting down")]
    [InlineData("450 Later")]
    public async Task HELO_is_not_tried_when_EHLO_is_only_deferred(string reply)
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync("220 mx");
            await client.ExpectAsync("EHLO");
            await client.LineAsync(reply);
            while (await client.ReadLineAsync() is not null) await client.LineAsync("221 Bye");
        });
        var failed = await FailAsync(Target(server.Address));
        Assert.Equal((SmtpPhase.Ehlo, ConnectFailure.Reply), (failed.Phase, failed.Kind));
        await server.DisposeAsync();
        Assert.DoesNotContain(server.ClearLines, line => line.StartsWith("HELO", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("502 No", "550 Not you", ConnectFailure.Reply)]
    [InlineData("502 No", "220 Hm", ConnectFailure.BrokenReply)]
    [InlineData("221 Bye", "", ConnectFailure.BrokenReply)]
    public async Task What_is_neither_a_yes_nor_a_no_to_EHLO_and_HELO_is_the_end(
        string ehlo, string helo, ConnectFailure kind)
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync("220 mx");
            await client.ExpectAsync("EHLO");
            await client.LineAsync(ehlo);
            if (helo.Length > 0) await client.ExpectAsync("HELO");
            if (helo.Length > 0) await client.LineAsync(helo);
            await client.ExpectAsync("QUIT");
        });
        var failed = await FailAsync(Target(server.Address));
        Assert.Equal((SmtpPhase.Ehlo, kind), (failed.Phase, failed.Kind));
    }

    [Fact]
    public async Task A_reset_and_a_close_are_told_apart()
    {
        await using var server = ScriptedServer.Start(
            client =>
            {
                client.Reset();
                return Task.CompletedTask;
            },
            _ => Task.CompletedTask,
            client => client.SayAsync("220-half a gree"));
        Assert.Equal(ConnectFailure.Reset, (await FailAsync(Target(server.Address))).Kind);
        Assert.Equal(ConnectFailure.Closed, (await FailAsync(Target(server.Address))).Kind);
        Assert.Equal(ConnectFailure.Closed, (await FailAsync(Target(server.Address))).Kind); // FIN within a reply
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up()
    {
        var clock = new FakeTimeProvider();
        var accepted = new TaskCompletionSource();
        await using var server = ScriptedServer.Start(async client =>
        {
            accepted.SetResult();
            await client.ReadToEndAsync();
        });
        var connecting = FailAsync(Target(server.Address), clock: clock);
        await accepted.Task;
        clock.Advance(TimeSpan.FromSeconds(300));
        var failed = await connecting;
        Assert.Equal((SmtpPhase.Connect, ConnectFailure.TimedOut), (failed.Phase, failed.Kind));
    }

    [Theory]
    [InlineData(299.999, false)]
    [InlineData(300, true)]
    public async Task EHLO_may_take_300_seconds(double seconds, bool isTooLong)
    {
        var clock = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync("220 mx");
            await client.ExpectAsync("EHLO");
            asked.SetResult();
            await answer.Task;
            if (!isTooLong) await client.LineAsync("250 mx");
            await client.ReadToEndAsync();
        });
        var connecting = ConnectAsync(Target(server.Address), clock: clock);
        await asked.Task;
        clock.Advance(TimeSpan.FromSeconds(seconds));
        answer.SetResult();
        var outcome = await connecting;
        if (isTooLong) Assert.Equal(ConnectFailure.TimedOut, Assert.IsType<ConnectOutcome.Failed>(outcome).Kind);
        else await Assert.IsType<ConnectOutcome.Connected>(outcome).Connection.DisposeAsync();
    }

    [Fact]
    public async Task Cancelling_ends_it_at_once()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = ScriptedServer.Start(async client =>
        {
            await cancel.CancelAsync();
            await client.ReadToEndAsync();
        });
        var connector = new SmtpConnector(
            TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<SmtpConnector>.Instance);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => connector.ConnectAsync(Target(server.Address), new SmtpClientOptions(), cancel.Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task QUIT_is_said_and_waited_for_at_most_5_seconds(bool answers)
    {
        var clock = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync("220 mx");
            await client.ExpectAsync("EHLO");
            await client.LineAsync("250 mx");
            await client.ExpectAsync("QUIT");
            asked.SetResult();
            if (answers) await client.LineAsync("221 Bye");
            await client.ReadToEndAsync();
        });
        var connection = await OpenAsync(Target(server.Address), clock: clock);
        var quitting = connection.QuitAsync(Cancel);
        await asked.Task;
        if (!answers) clock.Advance(TimeSpan.FromSeconds(5));
        await quitting;
        Assert.False(connection.IsUsable);
    }

    [Fact]
    public async Task A_server_that_hung_up_while_nobody_asked_is_seen_without_a_round_trip()
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync("220 mx");
            await client.ExpectAsync("EHLO");
            await client.LineAsync("250 mx");
            client.HalfClose();
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address));
        Assert.True(SpinWait.SpinUntil(connection.HasGoneAway, TimeSpan.FromSeconds(10)));
    }
}
