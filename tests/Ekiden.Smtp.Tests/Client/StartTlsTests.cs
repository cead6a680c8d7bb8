using System.Diagnostics.Metrics;
using System.Net;
using Ekiden.Smtp.Client;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;
using static Ekiden.Smtp.Tests.Client.ClientFixture;

namespace Ekiden.Smtp.Tests.Client;

// reliability.md C-R2, C-R6, C-T4 to C-T6.
public sealed class StartTlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(TlsLevel.Opportunistic, false)]
    [InlineData(TlsLevel.Required, false)]
    [InlineData(TlsLevel.Verified, true)]
    public async Task Mail_is_encrypted_when_TLS_is_offered(TlsLevel level, bool isVerified)
    {
        using var certificate = _authority.Issue("mx.example");
        await using var mx = FakeMx.Start(new FakeMxPolicy { Certificate = certificate });
        await using var connection = await OpenAsync(Target(mx.Address, level), Trusting());
        Assert.Equal(isVerified, connection.Tls?.Verified);
        Assert.Equal(64, connection.Tls?.CertificateFingerprint?.Length);
        Assert.False(connection.Extensions.StartTls);
        var responses = await connection.SendAsync(Message("x\r\n"), Cancel);
        Assert.IsType<RecipientResponse.Taken>(Assert.Single(responses));
        Assert.True(Assert.Single(mx.Messages).IsEncrypted);
        await connection.QuitAsync(Cancel);
    }

    [Theory]
    [InlineData("wrong name", "other.example", 10, true)]
    [InlineData("expired", "mx.example", -1, true)]
    [InlineData("unknown root", "mx.example", 10, false)]
    [InlineData("address only", "127.0.0.1", 10, true)]
    public async Task A_certificate_that_does_not_verify_stops_only_the_verified_level(
        string why, string name, int days, bool trusted)
    {
        using var certificate = _authority.Issue(name, days);
        using var other = new TestAuthority();
        var options = trusted ? Trusting() : new SmtpClientOptions { TrustedRoots = other.Roots };
        await using var mx = FakeMx.Start(new FakeMxPolicy { Certificate = certificate });
        var failed = await FailAsync(Target(mx.Address, TlsLevel.Verified), options);
        Assert.Equal((SmtpPhase.Tls, ConnectFailure.CertificateNotVerified), (failed.Phase, failed.Kind));
        Assert.True(failed.Why.Length > 20, why);
        foreach (var level in new[] { TlsLevel.Opportunistic, TlsLevel.Required })
        {
            await using var connection = await OpenAsync(Target(mx.Address, level), options);
            Assert.False(connection.Tls?.Verified);
            Assert.Null(connection.TlsFallback);
        }
    }

    [Theory]
    [InlineData(TlsLevel.None, true)]
    [InlineData(TlsLevel.Opportunistic, true)]
    [InlineData(TlsLevel.Required, false)]
    [InlineData(TlsLevel.Verified, false)]
    public async Task Without_an_offer_only_the_lax_levels_go_on_in_clear(TlsLevel level, bool goesOn)
    {
        await using var mx = FakeMx.Start();
        var outcome = await ConnectAsync(Target(mx.Address, level));
        if (goesOn) await Assert.IsType<ConnectOutcome.Connected>(outcome).Connection.DisposeAsync();
        else Assert.Equal(ConnectFailure.TlsNotOffered, Assert.IsType<ConnectOutcome.Failed>(outcome).Kind);
    }

    public static TheoryData<string, string> Failures() => new()
    {
        { "502 No", "refused" },
        { "454 4.7.0 Not now", "refused" },
        { "530 Must issue STARTTLS first", "refused" },
        { "354 Go", "refused" },
        { "220 Go", "no TLS behind it" },
        { "220 Go", "closes" },
        { "220 Go", "resets" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task When_TLS_fails_opportunistic_mail_goes_in_clear_on_a_new_connection(string reply, string then)
    {
        await using var server = ScriptedServer.Start(
            client => FailTlsAsync(client, reply, then),
            async client =>
            {
                await HelloAsync(client);
                await client.ReadToEndAsync();
            });
        await using var connection = await OpenAsync(Target(server.Address, TlsLevel.Opportunistic));
        Assert.Null(connection.Tls);
        Assert.NotNull(connection.TlsFallback);
        Assert.Equal(2, server.Connections.Count);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task When_TLS_fails_the_strict_levels_say_nothing_in_clear(string reply, string then)
    {
        await using var server = ScriptedServer.Start(client => FailTlsAsync(client, reply, then));
        foreach (var level in new[] { TlsLevel.Required, TlsLevel.Verified })
        {
            var target = Target(server.Address, level) with { Credential = new NetworkCredential("user", "secret") };
            Assert.Equal(SmtpPhase.Tls, (await FailAsync(target)).Phase);
        }
        await server.DisposeAsync();
        Assert.Equal(2, server.Connections.Count);
        Assert.All(server.ClearLines, line => Assert.True(line is "EHLO client.example" or "STARTTLS" or "QUIT", line));
    }

    [Theory]
    [InlineData(59.999, false)]
    [InlineData(60, true)]
    public async Task A_handshake_may_take_60_seconds(double seconds, bool isTooLong)
    {
        var clock = new FakeTimeProvider();
        using var certificate = _authority.Issue("mx.example");
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client);
            await client.ExpectAsync("STARTTLS");
            await client.LineAsync("220 Go");
            while (!client.HasInput) await Task.Yield(); // the client's first handshake message: its deadline runs
            clock.Advance(TimeSpan.FromSeconds(seconds));
            if (isTooLong)
            {
                await client.ReadToEndAsync();
                return;
            }
            await client.StartTlsAsync(certificate);
            await client.ExpectAsync("EHLO");
            await client.LineAsync("250 mx");
            await client.ReadToEndAsync();
        });
        var outcome = await ConnectAsync(Target(server.Address, TlsLevel.Required), clock: clock);
        if (isTooLong) Assert.Equal(ConnectFailure.TimedOut, Assert.IsType<ConnectOutcome.Failed>(outcome).Kind);
        else await Assert.IsType<ConnectOutcome.Connected>(outcome).Connection.DisposeAsync();
    }

    [Theory]
    [InlineData(TlsLevel.Opportunistic)]
    [InlineData(TlsLevel.Required)]
    [InlineData(TlsLevel.Verified)]
    public async Task Bytes_behind_the_reply_to_STARTTLS_end_it_for_every_level(TlsLevel level)
    {
        using var counted = new Counted("ekiden_starttls_injection");
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client);
            await client.ExpectAsync("STARTTLS");
            await client.SayAsync("220 Go\r\n250-mx\r\n250 AUTH PLAIN\r\n");
            await client.ReadToEndAsync();
        });
        var failed = await FailAsync(Target(server.Address, level));
        Assert.Equal((SmtpPhase.Tls, ConnectFailure.StartTlsInjection), (failed.Phase, failed.Kind));
        Assert.Single(server.Connections); // an attacker is not rewarded with clear text
        Assert.True(counted.Value > 0);
    }

    [Fact]
    public async Task Nothing_that_was_announced_in_clear_survives()
    {
        using var certificate = _authority.Issue("mx.example");
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync("220 mx");
            await client.ExpectAsync("EHLO");
            await client.SayAsync("250-mx\r\n250-PIPELINING\r\n250-SIZE 1\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n");
            await client.ExpectAsync("STARTTLS");
            await client.LineAsync("220 Go");
            await client.StartTlsAsync(certificate);
            await client.ExpectAsync("EHLO");
            await client.LineAsync("250 mx");
            await client.ReadToEndAsync();
        });
        await using var connection = await OpenAsync(Target(server.Address, TlsLevel.Required));
        Assert.Equal(ServerExtensions.None, connection.Extensions);
    }

    [Fact]
    public async Task A_421_to_STARTTLS_is_no_reason_for_clear_text()
    {
        await using var server = ScriptedServer.Start(async client =>
        {
            await HelloAsync(client);
            await client.ExpectAsync("STARTTLS");
            await client.LineAsync("421 Busy");
        });
        var failed = await FailAsync(Target(server.Address, TlsLevel.Opportunistic));
        Assert.Equal((SmtpPhase.Tls, 421), (failed.Phase, failed.Reply?.Code));
        Assert.Single(server.Connections);
    }

    private SmtpClientOptions Trusting() => new() { TrustedRoots = _authority.Roots };

    private static async Task HelloAsync(ServerSide client)
    {
        await client.LineAsync("220 mx");
        await client.ExpectAsync("EHLO");
        await client.SayAsync("250-mx\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n");
    }

    private static async Task FailTlsAsync(ServerSide client, string reply, string then)
    {
        await HelloAsync(client);
        await client.ExpectAsync("STARTTLS");
        await client.LineAsync(reply);
        switch (then)
        {
            case "refused":
                if (await client.ReadLineAsync() is not null) await client.LineAsync("221 Bye");
                break;
            case "no TLS behind it":
                while (!client.HasInput) await Task.Yield(); // the client's first handshake message
                await client.LineAsync("500 What?");
                break;
            case "resets":
                client.Reset();
                break;
        }
    }

    private sealed class Counted : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _value;

        public Counted(string name)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == name) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _value, value));
            _listener.Start();
        }

        public long Value => Interlocked.Read(ref _value);

        public void Dispose() => _listener.Dispose();
    }
}
