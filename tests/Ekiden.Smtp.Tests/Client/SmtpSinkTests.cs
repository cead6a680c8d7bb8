using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Ekiden.Smtp.Client;
using static Ekiden.Smtp.Tests.Client.ClientFixture;

namespace Ekiden.Smtp.Tests.Client;

/// <summary>
/// The client against Postfix's own test receiver, which counts: it dies at the dot after the thousandth message.
/// </summary>
public class SmtpSinkTests
{
    private const string Program = "/usr/sbin/smtp-sink";
    private const int Messages = 1000;
    private const int Connections = 4;

    [Theory]
    [InlineData(MailProtocol.Smtp, "")]
    [InlineData(MailProtocol.Smtp, "-p")] // without PIPELINING
    [InlineData(MailProtocol.Smtp, "-e")] // HELO only
    [InlineData(MailProtocol.Lmtp, "-L")]
    public async Task A_thousand_messages_over_a_few_connections(MailProtocol protocol, string option)
    {
        Assert.SkipUnless(File.Exists(Program), "Postfix is not installed.");
        var path = Path.Combine(Path.GetTempPath(), $"ekiden-{Guid.NewGuid():N}.sock");
        using var sink = Start(path, option);
        try
        {
            var target = new SmtpTarget("sink", new IPEndPoint(0, 0), null, "client.example", TlsLevel.None)
            {
                Protocol = protocol,
                SocketPath = path,
            };
            var content = Encoding.ASCII.GetBytes(
                "Subject: x\r\n\r\n" + string.Concat(Enumerable.Repeat("..dots and text\r\n", 120)));
            await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => SendAsync(target, content)));

            await using var connection = await OpenSoonAsync(target);
            var last = Assert.Single(await connection.SendAsync(Message(content), Cancel));
            Assert.True(Assert.IsType<RecipientResponse.Broken>(last).AfterDot);
            await sink.WaitForExitAsync(Cancel);
            Assert.Equal(0, sink.ExitCode);
        }
        finally
        {
            if (!sink.HasExited) sink.Kill();
            File.Delete(path);
        }
    }

    private static async Task SendAsync(SmtpTarget target, byte[] content)
    {
        await using var connection = await OpenSoonAsync(target);
        for (var i = 0; i < Messages / Connections; i++)
        {
            var responses = await connection.SendAsync(Message(content, "a@example.net", "b@example.net"), Cancel);
            Assert.All(responses, response => Assert.IsType<RecipientResponse.Taken>(response));
        }
    }

    // The program does not say when it listens.
    private static async Task<SmtpClientConnection> OpenSoonAsync(SmtpTarget target)
    {
        while (true)
        {
            if (await ConnectAsync(target) is ConnectOutcome.Connected { Connection: var open }) return open;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancel);
        }
    }

    private static Process Start(string path, string option)
    {
        var arguments = new List<string> { "-M", (Messages + 1).ToString(CultureInfo.InvariantCulture) };
        if (option.Length > 0) arguments.Add(option);
        if (Environment.IsPrivilegedProcess) arguments.AddRange(["-u", "nobody"]);
        return Process.Start(Program, [.. arguments, "unix:" + path, "100"]);
    }
}
