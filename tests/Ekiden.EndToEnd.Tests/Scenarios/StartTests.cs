using System.Net;
using System.Net.Sockets;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>A server that cannot start says why, where, and with which exit code.</summary>
public sealed class StartTests
{
    private const int Failed = 1;
    private const int WrongSettings = 2;

    [Fact(Timeout = Settings.Patience)]
    public async Task A_port_that_is_taken_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = Settings.Relay.Replace("127.0.0.1:0", $"{other.LocalEndpoint}", StringComparison.Ordinal);
        using var settings = new TestSettings(taken);

        var (exit, output, error) = await EkidenProcess.RunAsync(["serve", "--config", settings.File]);

        Assert.Equal(Failed, exit);
        Assert.Contains($"{other.LocalEndpoint}", output + error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task A_certificate_that_is_missing_is_named_with_its_line_and_key()
    {
        using var settings = new TestSettings(Settings.Relay + """
            [tls]
            certificate = "file:/nowhere/chain.pem"
            key = "file:/nowhere/key.pem"
            """);

        var (exit, output, error) = await EkidenProcess.RunAsync(["serve", "--config", settings.File]);

        Assert.Equal(WrongSettings, exit);
        var lines = await File.ReadAllLinesAsync(settings.File, TestContext.Current.CancellationToken);
        var line = Array.FindIndex(lines, text => text.Contains("chain.pem", StringComparison.Ordinal)) + 1;
        Assert.Contains($":{line}: error: tls.certificate: ", output + error, StringComparison.Ordinal);
        Assert.Contains("/nowhere/chain.pem", output + error, StringComparison.Ordinal);
    }

    [Theory(Timeout = Settings.Patience)]
    [InlineData("[delivery]\nlifetime = \"soon\"\n", 2, "delivery.lifetime")]
    [InlineData("[delivery]\nlifetme = \"5d\"\n", 2, "delivery.lifetme")]
    [InlineData("[limits]\n\nmax_line = 10\n", 3, "limits.max_line")]
    [InlineData("[[route]]\nmatch = \"*\"\nhosts = [\"nowhere:port\"]\n", 3, "route[0].hosts")]
    public async Task A_wrong_setting_is_named_with_its_line_and_key(string toml, int lineInIt, string key)
    {
        using var settings = new TestSettings(Settings.Relay + toml);
        var text = await File.ReadAllTextAsync(settings.File, TestContext.Current.CancellationToken);
        var line = text[..text.IndexOf(toml, StringComparison.Ordinal)].Count(letter => letter == '\n') + lineInIt;

        var served = await EkidenProcess.RunAsync(["serve", "--config", settings.File]);
        var (exit, output, error) = await EkidenProcess.RunAsync(["config", "check", "--config", settings.File]);

        Assert.Equal(WrongSettings, served.Exit);
        Assert.Contains($":{line}: error: {key}", served.Output + served.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, exit);
        Assert.Contains($":{line}: error: {key}", output + error, StringComparison.Ordinal);
        Assert.False(System.IO.Directory.Exists(settings.Data), "Nothing is made when the settings are wrong");
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task A_file_that_is_not_TOML_is_named_with_its_line()
    {
        using var settings = new TestSettings("[[listener]\nname = \"relay\"\n");
        var (exit, output, error) = await EkidenProcess.RunAsync(["serve", "--config", settings.File]);
        Assert.Equal(WrongSettings, exit);
        Assert.Matches(@"ekiden\.toml:\d+: error: ", output + error);
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task What_init_writes_is_right()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("ekiden-init-").FullName;
        var (exit, _, error) = await EkidenProcess.RunAsync(["init", folder]);
        Assert.True(exit == 0, error);
        var check = await EkidenProcess.RunAsync(["config", "check", "--config", Path.Combine(folder, "ekiden.toml")]);
        Assert.True(check.Exit == 0, check.Output + check.Error);
        System.IO.Directory.Delete(folder, recursive: true);
    }
}
