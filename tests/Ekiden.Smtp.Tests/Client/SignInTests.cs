using System.Net;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Smtp.Client;
using Ekiden.Testing;
using static Ekiden.Smtp.Tests.Client.ClientFixture;

namespace Ekiden.Smtp.Tests.Client;

public sealed class SignInTests : IDisposable
{
    private static readonly NetworkCredential Credential = new("user", "pencil");

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task PLAIN_sends_name_and_password_in_one_line()
    {
        var outcome = await SignInAsync("PLAIN LOGIN", async client =>
        {
            Assert.Equal("AUTH PLAIN " + Base64("\0user\0pencil"), await client.ReadLineAsync());
            await client.LineAsync("235 2.7.0 Welcome");
        });
        await Assert.IsType<ConnectOutcome.Connected>(outcome).Connection.DisposeAsync();
    }

    [Fact]
    public async Task LOGIN_answers_two_questions()
    {
        var outcome = await SignInAsync("XOAUTH2 LOGIN", async client =>
        {
            await client.ExpectAsync("AUTH LOGIN");
            await client.LineAsync("334 VXNlcm5hbWU6");
            Assert.Equal(Base64("user"), await client.ReadLineAsync());
            await client.LineAsync("334 UGFzc3dvcmQ6");
            Assert.Equal(Base64("pencil"), await client.ReadLineAsync());
            await client.LineAsync("235 2.7.0 Welcome");
        });
        await Assert.IsType<ConnectOutcome.Connected>(outcome).Connection.DisposeAsync();
    }

    [Theory]
    [InlineData(true, "334")]
    [InlineData(true, "235")]
    [InlineData(false, "334")]
    [InlineData(false, "235")]
    public async Task SCRAM_asks_the_server_to_prove_itself(bool isGenuine, string proofWith)
    {
        var outcome = await SignInAsync("PLAIN SCRAM-SHA-256", async client =>
        {
            var first = Text((await client.ExpectAsync("AUTH SCRAM-SHA-256 "))["AUTH SCRAM-SHA-256 ".Length..]);
            var serverFirst = $"r={first.Split("r=")[1]}server,s={Base64("salt and pepper")},i=4096";
            await client.LineAsync("334 " + Base64(serverFirst));
            var final = Text((await client.ReadLineAsync())!);
            var signed = Encoding.UTF8.GetBytes(
                $"{first["n,,".Length..]},{serverFirst},{final[..final.IndexOf(",p=", StringComparison.Ordinal)]}");
            var salted = Rfc2898DeriveBytes.Pbkdf2(
                isGenuine ? "pencil" : "other", "salt and pepper"u8, 4096, HashAlgorithmName.SHA256, 32);
            var signature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), signed);
            await client.LineAsync($"{proofWith} " + Base64("v=" + Convert.ToBase64String(signature)));
            if (proofWith == "235") return;
            Assert.Equal(isGenuine ? "" : "*", await client.ReadLineAsync());
            await client.LineAsync(isGenuine ? "235 2.7.0 Welcome" : "501 Cancelled");
        });
        if (isGenuine) await Assert.IsType<ConnectOutcome.Connected>(outcome).Connection.DisposeAsync();
        else Assert.Equal(ConnectFailure.SignIn, Assert.IsType<ConnectOutcome.Failed>(outcome).Kind);
    }

    [Fact]
    public async Task A_refusal_is_told_with_the_reply_and_without_the_secret()
    {
        var outcome = await SignInAsync("PLAIN", async client =>
        {
            await client.ExpectAsync("AUTH PLAIN");
            await client.LineAsync("535 5.7.8 Wrong");
        });
        var failed = Assert.IsType<ConnectOutcome.Failed>(outcome);
        Assert.Equal((SmtpPhase.Ehlo, ConnectFailure.SignIn, 535), (failed.Phase, failed.Kind, failed.Reply?.Code));
        Assert.DoesNotContain("pencil", failed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_with_nothing_we_know_gets_no_secret()
    {
        var outcome = await SignInAsync("NTLM XOAUTH2", client => Task.CompletedTask);
        Assert.Equal(ConnectFailure.SignIn, Assert.IsType<ConnectOutcome.Failed>(outcome).Kind);
    }

    [Theory]
    [InlineData(TlsLevel.None)]
    [InlineData(TlsLevel.Opportunistic)]
    [InlineData(TlsLevel.Required)]
    public async Task Below_verified_TLS_no_secret_is_sent(TlsLevel level)
    {
        using var certificate = _authority.Issue("mx.example");
        await using var mx = FakeMx.Start(new FakeMxPolicy { Extensions = ["AUTH PLAIN"], Certificate = certificate });
        var failed = await FailAsync(Target(mx.Address, level) with { Credential = Credential });
        Assert.Equal(ConnectFailure.SignIn, failed.Kind);
    }

    private async Task<ConnectOutcome> SignInAsync(string mechanisms, Func<ServerSide, Task> exchange)
    {
        using var certificate = _authority.Issue("mx.example");
        await using var server = ScriptedServer.Start(async client =>
        {
            await client.LineAsync("220 mx");
            await client.ExpectAsync("EHLO");
            await client.SayAsync("250-mx\r\n250 STARTTLS\r\n");
            await client.ExpectAsync("STARTTLS");
            await client.LineAsync("220 Go");
            await client.StartTlsAsync(certificate);
            await client.ExpectAsync("EHLO");
            await client.SayAsync($"250-mx\r\n250 AUTH {mechanisms}\r\n");
            await exchange(client);
            while (await client.ReadLineAsync() is not null) await client.LineAsync("221 Bye");
        });
        var target = Target(server.Address, TlsLevel.Verified) with { Credential = Credential };
        var outcome = await ConnectAsync(target, new SmtpClientOptions { TrustedRoots = _authority.Roots });
        if (outcome is ConnectOutcome.Connected { Connection: var connection }) await connection.QuitAsync(Cancel);
        return outcome;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Text(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
}
