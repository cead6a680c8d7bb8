using System.Diagnostics;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Vectors;

/// <summary>The fault vectors that a real process can be given: a flush that fails, a spool that is taken.</summary>
[Trait("needs", "outside")]
public sealed class FaultVectorTests
{
    public static string[] Ids { get; } = ["M-01", "M-03"];

    [Fact]
    public async Task A_flush_that_fails_acknowledges_nothing_and_ends_the_process()
    {
        await using var sink = FakeMx.Start();
        using var settings = Settings(sink);
        await using var server = await EkidenProcess.StartAsync(settings.File);
        var trace = Path.GetTempFileName();
        using var strace = Process.Start(
            "strace", ["-f", "-qq", "-o", trace, "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=1",
                "-p", $"{server.Id}"]);
        await using var client = await RawSmtp.ConnectAsync(server.Listener("relay"));
        await client.ExpectAsync("220");
        await client.AskAsync("EHLO x", "250");
        await WaitUntilTracedAsync(server.Id);
        await client.AskAsync("MAIL FROM:<s@sender.test>", "250");
        await client.AskAsync("RCPT TO:<v@sink.test>", "250");
        await client.AskAsync("DATA", "354");
        await client.SendAsync(Vector.Header + "b\r\n.\r\n");

        var reply = await client.ReadReplyAsync();

        Assert.True(reply is null or ['4', '5', '1', ' ', ..] or ['4', '2', '1', ' ', ..], reply);
        Assert.NotEqual(0, await server.WaitForExitAsync());
        await strace.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Empty(sink.Messages);
        Assert.Single(await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken), line =>
            line.Contains("INJECTED", StringComparison.Ordinal));
        File.Delete(trace);
    }

    [Fact]
    public async Task A_second_process_on_the_same_spool_ends_with_the_documented_code()
    {
        await using var sink = FakeMx.Start();
        using var settings = Settings(sink);
        await using var server = await EkidenProcess.StartAsync(settings.File);

        var (exit, output, _) = await EkidenProcess.RunAsync(["serve", "--config", settings.File]);

        Assert.Equal(3, exit); // docs/operating.md
        Assert.Contains("cannot_start", output, StringComparison.Ordinal);
    }

    private static TestSettings Settings(FakeMx sink) => new($"""
        [[listener]]
        name = "relay"
        address = "127.0.0.1:0"
        role = "relay"
        tls = "none"
        allow = ["127.0.0.1/32"]
        [[route]]
        match = "*"
        hosts = ["{sink.Address}"]
        """);

    // Another process cannot be awaited: the kernel says who traces, asked a hundred times a second.
    private static async Task WaitUntilTracedAsync(int id)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (File.ReadLines($"/proc/{id}/status").Any(line => line == "TracerPid:\t0"))
            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }
}
