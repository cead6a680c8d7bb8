using System.Net;
using System.Net.Sockets;
using System.Text;
using Ekiden.Server.Settings;
using Ekiden.Spool;

namespace Ekiden.Server.Tests.Hosting;

/// <summary>Start, reload and stop of a server of its own.</summary>
public sealed class LifeTests
{
    [Fact]
    public async Task A_reload_takes_what_can_change_and_names_what_cannot()
    {
        await using var world = new RunningServer();
        await world.InitializeAsync();
        Assert.StartsWith("550 5.1.1", await RcptAsync(world, "sales@in.test"), StringComparison.Ordinal);

        await ReloadAsync(world, world.Toml()
            .Replace("\"info\"", "\"info\", \"sales\"", StringComparison.Ordinal)
            .Replace("relay.test", "other.test", StringComparison.Ordinal)
            .Replace("name = \"inbound\"", "name = \"renamed\"", StringComparison.Ordinal));

        Assert.StartsWith("250", await RcptAsync(world, "sales@in.test"), StringComparison.Ordinal);
        Assert.Contains("[server] host_name was changed: it takes effect at the next start", world.Log.Lines);
        Assert.Contains("[[listener]] was changed: it takes effect at the next start", world.Log.Lines);
        Assert.DoesNotContain(world.Log.Lines, line => line.StartsWith("[dns]", StringComparison.Ordinal));
        // of the old host name
        Assert.StartsWith("250", await RcptAsync(world, "postmaster"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_gone_at_a_reload_leaves_everything_as_it_was()
    {
        await using var world = new RunningServer();
        await world.InitializeAsync();
        var folder = System.IO.Directory.CreateTempSubdirectory("ekiden-certificate-");
        var pem = Path.Combine(folder.FullName, "pem");
        File.Copy(Path.Combine(world.DataDirectory, "self-signed.pem"), pem);
        var changed = world.Settings($"[tls]\ncertificate = \"file:{pem}\"\nkey = \"file:{pem}\"\n") with
        {
            Local = new LocalSettings { Domains = ["new.test"] },
        };
        await File.WriteAllTextAsync(pem, "no certificate", RunningServer.Cancel);
        await world.Server.ReloadAsync(changed, RunningServer.Cancel);
        File.Delete(pem);
        await world.Server.ReloadAsync(changed, RunningServer.Cancel);
        folder.Delete();

        Assert.Equal(2, world.Log.Lines.Count(line =>
            line.StartsWith("The certificate cannot be used, the old settings stay", StringComparison.Ordinal)));
        Assert.StartsWith("250", await RcptAsync(world, "info@in.test"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1", await RcptAsync(world, "postmaster@new.test"), StringComparison.Ordinal);
    }

    // Vectors D-12 and D-15, end to end: the session, the receiver, Intake.
    [Theory]
    [InlineData("postmaster", "250")]
    [InlineData("PostMaster", "250")]
    [InlineData("postmaster@in.test", "250")]
    [InlineData("ABUSE@IN.TEST", "250")]
    [InlineData("nobody-here@in.test", "550 5.1.1")]
    [InlineData("u@out.test", "550 5.7.1")]
    public async Task The_inbound_listener_takes_the_mail_of_its_own_people(string recipient, string reply)
    {
        await using var world = new RunningServer();
        await world.InitializeAsync();
        Assert.StartsWith(reply, await RcptAsync(world, recipient), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_and_gives_the_spool_back()
    {
        await using var world = new RunningServer();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var smtp = world.Toml().Replace("name = \"inbound\"\naddress = \"127.0.0.1:0\"",
            $"name = \"inbound\"\naddress = \"127.0.0.1:{port}\"", StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => world.StartAsync(RunningServer.Read(smtp)));
        var http = world.Toml().Replace("[http]\naddress = \"127.0.0.1:0\"",
            $"[http]\naddress = \"127.0.0.1:{port}\"", StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => world.StartAsync(RunningServer.Read(http)));
        await world.InitializeAsync();
        Assert.Equal(200, (await world.GetAsync("/readyz")).Code);
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_is_refused()
    {
        await using var world = new RunningServer();
        await world.InitializeAsync();
        await Assert.ThrowsAsync<SpoolInUseException>(() => world.StartAsync(world.Settings()));
        Assert.Equal(200, (await world.GetAsync("/readyz")).Code);
    }

    [Fact]
    public async Task Mail_that_waits_is_there_after_a_restart()
    {
        await using var world = new RunningServer();
        await world.InitializeAsync();
        var sent = await world.SendMailAsync("""{"from":"s@a.test","to":["v@sink.test","w@sink.test"],"text":"b"}""");
        var path = "/v1/messages/" + sent.Json.GetProperty("id").GetString();
        await world.RestartAsync();
        Assert.Equal(2, (await world.GetAsync(path, world.KeyOfA)).Json.GetProperty("recipients").GetArrayLength());
        Assert.Equal(2, world.Server.Accounting.Accepted);
        Assert.Equal(0, world.Server.Accounting.Gap);
    }

    private static Task ReloadAsync(RunningServer world, string toml) =>
        world.Server.ReloadAsync(RunningServer.Read(toml), RunningServer.Cancel);

    // The reply to RCPT of a new session.
    private static async Task<string> RcptAsync(RunningServer world, string recipient)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(world.Server.Listeners.Single().Address, RunningServer.Cancel);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        await ReplyAsync(reader);
        foreach (var command in new[] { "HELO x.test", "MAIL FROM:<x@ext.test>", $"RCPT TO:<{recipient}>" })
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), RunningServer.Cancel);
            if (command.StartsWith("RCPT", StringComparison.Ordinal)) break;
            Assert.StartsWith("250", await ReplyAsync(reader), StringComparison.Ordinal);
        }
        return await ReplyAsync(reader);
    }

    private static async Task<string> ReplyAsync(StreamReader reader) =>
        await reader.ReadLineAsync(RunningServer.Cancel) ?? throw new EndOfStreamException();
}
