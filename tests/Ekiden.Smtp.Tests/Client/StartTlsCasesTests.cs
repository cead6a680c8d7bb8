using System.Net;
using Ekiden.Smtp.Client;
using Ekiden.Testing;
using static Ekiden.Smtp.Tests.Client.ClientFixture;

namespace Ekiden.Smtp.Tests.Client;

/// <summary>The NO STARTTLS servers of tests/cases/smtp-client-starttls: none makes the client say too much.</summary>
public sealed class StartTlsCasesTests : IDisposable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "cases", "smtp-client-starttls");

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    public static TheoryData<string> Cases()
    {
        var files = System.IO.Directory.GetFiles(Folder, "*.ron", SearchOption.AllDirectories).Order();
        return [.. files.Select(file => Path.GetRelativePath(Folder, file))];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_strict_client_says_nothing_in_clear_and_ends(string file)
    {
        foreach (var level in new[] { TlsLevel.Required, TlsLevel.Verified })
        {
            var (verdict, server) = await RunAsync(file, level);
            Assert.All(server.ClearLines, line => Assert.Contains(
                line.Split(' ')[0], (string[])["EHLO", "STARTTLS", "QUIT"]));
            Assert.True(verdict != "clear", file);
            if (verdict == "TLS")
                Assert.Contains(server.TlsLines, line => line.StartsWith("MAIL", StringComparison.Ordinal));
            Assert.Single(server.Connections);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_lax_client_sends_or_ends_and_never_shows_its_password(string file)
    {
        foreach (var level in new[] { TlsLevel.None, TlsLevel.Opportunistic })
        {
            var (verdict, server) = await RunAsync(file, level);
            Assert.NotEmpty(verdict);
            Assert.DoesNotContain(server.ClearLines, line => line.StartsWith("AUTH", StringComparison.Ordinal));
            Assert.InRange(server.Connections.Count, 1, 2);
        }
    }

    [Theory]
    [InlineData("setup.ron", "TLS", "TLS")]
    [InlineData("setup_opportunistic_encryption.ron", "TLS", "TLS")]
    [InlineData("Negotiation/D_1.ron", "clear", "Tls TlsNotOffered")]
    [InlineData("Negotiation/O_2.ron", "clear", "Tls TlsRefused")]
    [InlineData("others/X_1.ron", "clear", "Tls TlsNotOffered")]
    [InlineData("others/ehlo/221.ron", "Ehlo BrokenReply", "Ehlo BrokenReply")]
    [InlineData("others/ehlo/250-empty.ron", "clear", "Tls TlsNotOffered")]
    [InlineData("others/ehlo/421.ron", "Ehlo Reply", "Ehlo Reply")]
    [InlineData("others/ehlo/502.ron", "clear", "Tls TlsNotOffered")]
    [InlineData("others/ehlo/530.ron", "clear", "Tls TlsNotOffered")]
    [InlineData("others/greeting/221.ron", "Connect BrokenReply", "Connect BrokenReply")]
    [InlineData("others/greeting/421.ron", "Connect Reply", "Connect Reply")]
    [InlineData("others/greeting/530.ron", "Connect Reply", "Connect Reply")]
    [InlineData("others/helo/ehlo500_helo220.ron", "Ehlo BrokenReply", "Tls TlsNotOffered")]
    [InlineData("others/helo/ehlo500_helo421.ron", "Ehlo Reply", "Tls TlsNotOffered")]
    [InlineData("others/helo/ehlo500_helo501.ron", "Ehlo Reply", "Tls TlsNotOffered")]
    [InlineData("others/quit/greeting500_quit221.ron", "Connect Reply", "Connect Reply")]
    [InlineData("others/quit/greeting500_quit421.ron", "Connect Reply", "Connect Reply")]
    [InlineData("others/quit/greeting500_quit530.ron", "Connect Reply", "Connect Reply")]
    [InlineData("others/rset/ehlo500_rset221.ron", "clear", "Tls TlsNotOffered")]
    [InlineData("others/rset/ehlo500_rset500.ron", "clear", "Tls TlsNotOffered")]
    [InlineData("others/rset/ehlo500_rset530.ron", "clear", "Tls TlsNotOffered")]
    [InlineData("others/starttls/354.ron", "clear", "Tls TlsRefused")]
    [InlineData("others/starttls/454.ron", "clear", "Tls TlsRefused")]
    [InlineData("others/starttls/530.ron", "clear", "Tls TlsRefused")]
    public async Task The_verdict_is_the_right_one(string file, string opportunistic, string required)
    {
        Assert.Equal(opportunistic, (await RunAsync(file, TlsLevel.Opportunistic)).Verdict);
        Assert.Equal(required, (await RunAsync(file, TlsLevel.Required)).Verdict);
    }

    private async Task<(string Verdict, ScriptedServer Server)> RunAsync(string file, TlsLevel level)
    {
        using var certificate = _authority.Issue("mx.example");
        var story = RonReader.Read(await File.ReadAllTextAsync(Path.Combine(Folder, file), Cancel));
        await using var server = ScriptedServer.Start(new HostileServer(story, certificate).PlayAsync);
        var target = Target(server.Address, level) with
        {
            Credential = level == TlsLevel.Verified ? new NetworkCredential("user", "secret") : null,
        };
        var options = new SmtpClientOptions
        {
            TrustedRoots = _authority.Roots,
            GreetingTimeout = TimeSpan.FromSeconds(5), // implicit TLS: both sides wait for the other
        };
        switch (await ConnectAsync(target, options).WaitAsync(TimeSpan.FromSeconds(60), Cancel))
        {
            case ConnectOutcome.Connected { Connection: var connection }:
                Assert.Single(await connection.SendAsync(Message("x\r\n"), Cancel));
                await connection.QuitAsync(Cancel);
                return (connection.Tls is null ? "clear" : "TLS", server);
            case ConnectOutcome.Failed failed:
                return ($"{failed.Phase} {failed.Kind}", server);
            default:
                throw new InvalidOperationException("A new case.");
        }
    }
}
