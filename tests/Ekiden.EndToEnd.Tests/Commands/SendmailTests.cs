using System.Net;
using System.Net.Sockets;
using System.Text;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Commands;

/// <summary><c>sendmail</c> for programs that know no other way: through the relay listener on loopback.</summary>
public sealed class SendmailTests
{
    private const int Ok = 0;
    private const int TemporaryFailure = 75; // EX_TEMPFAIL of sysexits.h

    [Fact(Timeout = Settings.Patience)]
    public async Task A_mail_from_standard_input_goes_to_the_recipients_of_its_header()
    {
        await using var sink = FakeMx.Start();
        using var settings = new TestSettings(WithPort(FreePort()) + Settings.Route("*", sink.Address));
        await using var server = await EkidenProcess.StartAsync(settings.File);

        var (exit, _, error) = await EkidenProcess.RunAsync(
            ["sendmail", "-t", "-i", "-f", "s@a.test", "--config", settings.File],
            "To: v@sink.test\nBcc: w@sink.test\nSubject: from cron\n\nfirst line\n.\nlast line\n");

        Assert.True(exit == Ok, error);
        await sink.WaitForAsync(1, TestContext.Current.CancellationToken);
        var arrived = Assert.Single(sink.Messages);
        Assert.Equal("s@a.test", arrived.Sender);
        Assert.Equal(["v@sink.test", "w@sink.test"], arrived.Recipients.Order(StringComparer.Ordinal));
        var text = Encoding.UTF8.GetString(arrived.Content);
        Assert.Contains("\r\n\r\nfirst line\r\n.\r\nlast line\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Bcc", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task While_the_server_is_away_the_program_is_told_to_try_again()
    {
        using var settings = new TestSettings(WithPort(FreePort()));
        var (exit, _, error) = await EkidenProcess.RunAsync(
            ["sendmail", "-i", "-f", "s@a.test", "--config", settings.File, "v@sink.test"], "Subject: t\n\nHello.\n");
        Assert.Equal(TemporaryFailure, exit);
        Assert.NotEmpty(error);
    }

    private static string WithPort(int port) =>
        Settings.Relay.Replace("127.0.0.1:0", $"127.0.0.1:{port}", StringComparison.Ordinal);

    // The listener's port stands in the settings, where sendmail looks: one that was free a moment ago.
    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
