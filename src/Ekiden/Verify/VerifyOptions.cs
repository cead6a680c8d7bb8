using System.CommandLine;
using System.Net;
using Ekiden.Cli;
using Ekiden.Dns;

namespace Ekiden.Verify;

/// <summary>What every <c>verify</c> command takes: whom to ask, which time it is, how to print.</summary>
internal sealed class VerifyOptions
{
    private const int DnsPort = 53;

    private readonly Option<string?> _server = new("--dns")
    {
        Description = "The resolver to ask; else the system's",
        HelpName = "HOST:PORT",
    };

    private readonly Option<long?> _now = new("--now")
    {
        Description = "The time to check at, in seconds since 1970; else now",
        HelpName = "UNIXTIME",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON" };

    public VerifyOptions()
    {
        _server.Validators.Add(result =>
        {
            if (ReadServer(result.GetValueOrDefault<string>()) is null)
                result.AddError("--dns takes an address and a port, such as 127.0.0.1:53.");
        });
        _now.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long?>() is < 0 or > 253402300799) // the year 9999
                result.AddError("--now is not a time.");
        });
    }

    public void AddTo(Command command)
    {
        command.Options.Add(_server);
        command.Options.Add(_now);
        command.Options.Add(_json);
    }

    /// <summary>Runs a check and prints what it found. 0 whatever that is: the command did what it was asked.</summary>
    public async Task<int> RunAsync(
        CliHost host, ParseResult parsed, Func<VerifyWorld, Task<VerifyReport>> check)
    {
        var options = new ResolverOptions { Servers = ReadServer(parsed.GetValue(_server)) is { } one ? [one] : [] };
        var clock = parsed.GetValue(_now) is { } now
            ? new FixedClock(DateTimeOffset.FromUnixTimeSeconds(now))
            : TimeProvider.System;
        using var resolver = new DnsResolver(options, TimeProvider.System);
        try
        {
            var report = await check(new VerifyWorld(resolver, clock));
            await host.Output.WriteLineAsync(parsed.GetValue(_json) ? VerifyJson.Write(report.WriteJson) : report.Text);
            return ExitCodes.Done;
        }
        catch (IOException trouble)
        {
            return Fail(host, parsed, trouble);
        }
        catch (UnauthorizedAccessException trouble)
        {
            return Fail(host, parsed, trouble);
        }
    }

    private int Fail(CliHost host, ParseResult parsed, Exception trouble)
    {
        var problem = VerifyJson.Write(json => VerifyJson.WriteProblem(json, trouble));
        if (parsed.GetValue(_json)) host.Output.WriteLine(problem);
        else host.Error.WriteLine($"error: {trouble.Message}");
        return ExitCodes.Failed;
    }

    private static IPEndPoint? ReadServer(string? text)
    {
        if (text is null) return null;
        if (text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase)) text = "127.0.0.1" + text[9..];
        if (!IPEndPoint.TryParse(text, out var server)) return null;
        return server.Port == 0 ? new IPEndPoint(server.Address, DnsPort) : server;
    }

    /// <summary>A clock that shows one time; its timers run as ever.</summary>
    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
