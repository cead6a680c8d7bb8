using System.Globalization;
using System.Text;
using Ekiden.Testing;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>Programs that people use sign in and submit: by STARTTLS and by TLS from the start.</summary>
public sealed class SignedInTests
{
    public static MatrixTheoryData<string, string> Ways() => new(
        ["PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], ["submission", "submissions"]);

    [Theory(Timeout = Settings.Patience)]
    [MemberData(nameof(Ways))]
    public async Task MailKit_submits(string mechanism, string listener)
    {
        await using var world = await World.StartAsync();
        using var message = new MimeMessage();
        message.From.Add(new MailboxAddress("差出人", "s@a.test"));
        message.To.Add(new MailboxAddress("", "v@sink.test"));
        message.Subject = "駅伝";
        message.Body = new TextPart("plain") { Text = ".dot at the start of a line\r\nこんにちは\r\n" };

        using var client = new SmtpClient { CheckCertificateRevocation = false };
#pragma warning disable CA5359 // the certificate is the test server's own, made a moment ago
        client.ServerCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        var address = world.Server.Listener(listener);
        var tls = listener == "submission" ? SecureSocketOptions.StartTls : SecureSocketOptions.SslOnConnect;
        var cancel = TestContext.Current.CancellationToken;
        await client.ConnectAsync("127.0.0.1", address.Port, tls, cancel);
        Assert.SkipUnless(client.AuthenticationMechanisms.Contains(mechanism), $"{mechanism} is not offered here");
        await client.AuthenticateAsync(Mechanism(mechanism, world.Tenant), cancel);
        var reply = await client.SendAsync(message, cancel);
        await client.DisconnectAsync(quit: true, cancel);

        Assert.Contains("queued as msg_", reply, StringComparison.Ordinal);
        await world.Sink.WaitForAsync(1, cancel);
        var arrived = Assert.Single(world.Sink.Messages);
        using var parsed = await MimeMessage.LoadAsync(new MemoryStream(arrived.Content), cancel);
        Assert.Equal("駅伝", parsed.Subject);
        Assert.Equal(".dot at the start of a line\nこんにちは\n", parsed.TextBody?.ReplaceLineEndings("\n"));
        Assert.Contains("with ESMTPSA", parsed.Headers[HeaderId.Received], StringComparison.Ordinal);
    }

    [Theory(Timeout = Settings.Patience)]
    [Trait("needs", "outside")]
    [InlineData("PLAIN", "submission")]
    [InlineData("LOGIN", "submission")]
    [InlineData("PLAIN", "submissions")]
    [InlineData("LOGIN", "submissions")]
    public async Task Swaks_submits(string mechanism, string listener)
    {
        await using var world = await World.StartAsync();
        var port = world.Server.Listener(listener).Port.ToString(CultureInfo.InvariantCulture);
        var (exit, output) = await OutsideProgram.RunAsync(
            "swaks", "--server", "127.0.0.1", "--port", port, listener == "submission" ? "--tls" : "--tls-on-connect",
            "--auth", mechanism, "--auth-user", world.Tenant.Username, "--auth-password", world.Tenant.Secret,
            "--from", "s@a.test", "--to", "v@sink.test", "--h-Subject", $"by {mechanism}", "--body", "swaks was here");
        Assert.True(exit == 0, output);
        await world.Sink.WaitForAsync(1, TestContext.Current.CancellationToken);
        var arrived = Encoding.ASCII.GetString(world.Sink.Messages.Single().Content);
        Assert.Contains("swaks was here", arrived, StringComparison.Ordinal);
    }

    [Fact(Timeout = Settings.Patience)]
    [Trait("needs", "outside")]
    public async Task Swaks_with_a_wrong_password_is_told_so()
    {
        await using var world = await World.StartAsync();
        var port = world.Server.Listener("submission").Port.ToString(CultureInfo.InvariantCulture);
        var (exit, output) = await OutsideProgram.RunAsync(
            "swaks", "--server", "127.0.0.1", "--port", port, "--tls", "--auth", "PLAIN",
            "--auth-user", world.Tenant.Username, "--auth-password", "wrong",
            "--from", "s@a.test", "--to", "v@sink.test");
        Assert.NotEqual(0, exit);
        Assert.Contains("535 5.7.8", output, StringComparison.Ordinal);
        Assert.Empty(world.Sink.Messages);
    }

    private static SaslMechanism Mechanism(string name, Tenant tenant) => name switch
    {
        "PLAIN" => new SaslMechanismPlain(tenant.Username, tenant.Secret),
        "LOGIN" => new SaslMechanismLogin(tenant.Username, tenant.Secret),
        "SCRAM-SHA-256" => new SaslMechanismScramSha256(tenant.Username, tenant.Secret),
        "SCRAM-SHA-256-PLUS" => new SaslMechanismScramSha256Plus(tenant.Username, tenant.Secret),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>A server with one tenant, and a sink behind it.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly TestSettings _settings;

        private World(FakeMx sink, TestSettings settings, EkidenProcess server, Tenant tenant) =>
            (Sink, _settings, Server, Tenant) = (sink, settings, server, tenant);

        public FakeMx Sink { get; }

        public EkidenProcess Server { get; }

        public Tenant Tenant { get; }

        public static async Task<World> StartAsync()
        {
            var sink = FakeMx.Start();
            var settings = new TestSettings(Settings.Submission + Settings.Route("*", sink.Address));
            var server = await EkidenProcess.StartAsync(settings.File);
            using var admin = new AdminClient(server, settings.File);
            return new World(sink, settings, server, await Tenant.AddAsync(admin, "tenant-a", "a.test"));
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await Sink.DisposeAsync();
            _settings.Dispose();
        }
    }
}
