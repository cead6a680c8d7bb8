using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Ekiden.Cli;
using Ekiden.Toml;

namespace Ekiden.Receiving;

/// <summary><c>ekiden receiver</c>: a receiving server with limits, to try senders against.</summary>
internal static class ReceiverCommand
{
    public static Command Build(CliHost host)
    {
        var policy = new Option<string?>("--policy")
        { Description = "The limits, a TOML file; without it everything is taken", HelpName = "FILE" };
        var listen = new Option<string>("--listen")
        {
            Description = "Where to listen; port 0 takes a free one",
            HelpName = "HOST:PORT",
            DefaultValueFactory = _ => "127.0.0.1:2525",
        };
        var stats = new Option<bool>("--stats") { Description = "Print one line of JSON every second" };
        var command = new Command(
            "receiver", "Run a test receiver with limits: takes mail and throws it away") { policy, listen, stats };
        command.SetAction((parsed, cancel) => RunAsync(
            host, parsed.GetValue(policy), parsed.GetRequiredValue(listen), parsed.GetValue(stats)));
        return command;
    }

    private static async Task<int> RunAsync(CliHost host, string? path, string listen, bool hasStats)
    {
        if (!IPEndPoint.TryParse(listen.Replace("localhost", "127.0.0.1", StringComparison.Ordinal), out var address))
        {
            await host.Error.WriteLineAsync("--listen is an address and a port such as 127.0.0.1:2525.");
            return ExitCodes.WrongUsage;
        }
        var problems = new SettingsProblems();
        var policy = path is null ? new ReceiverPolicy() : ReadPolicy(path, problems);
        foreach (var problem in problems.All) await host.Error.WriteLineAsync(problem.ToString());
        if (policy is null) return ExitCodes.Failed;
        try
        {
            using var signals = new Signals();
            await using var receiver = new Receiver(policy, address, TimeProvider.System);
            await host.Output.WriteLineAsync($$"""{"event":"ready","address":"{{receiver.Address}}"}""");
            await host.Output.FlushAsync(CancellationToken.None);
            await WatchAsync(host, receiver, signals, hasStats);
            return ExitCodes.Done;
        }
        catch (SocketException taken)
        {
            await host.Error.WriteLineAsync($"error: cannot listen on {address}: {taken.Message}");
            return ExitCodes.Failed;
        }
    }

    private static ReceiverPolicy? ReadPolicy(string path, SettingsProblems problems)
    {
        try
        {
            return ReceiverPolicyReader.Read(File.ReadAllText(path), path, problems);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            problems.Error(new SettingsPlace(path, null), "", trouble.Message);
            return null;
        }
    }

    private static async Task WatchAsync(CliHost host, Receiver receiver, Signals signals, bool hasStats)
    {
        var ended = signals.NextAsync();
        using var seconds = new PeriodicTimer(hasStats ? TimeSpan.FromSeconds(1) : Timeout.InfiniteTimeSpan);
        while (await Task.WhenAny(ended, seconds.WaitForNextTickAsync(CancellationToken.None).AsTask()) != ended)
            await WriteAsync("second");
        await WriteAsync("summary");

        async Task WriteAsync(string name)
        {
            await host.Output.WriteLineAsync(receiver.Statistics.ToJson(name, TimeProvider.System.GetUtcNow()));
            await host.Output.FlushAsync(CancellationToken.None);
        }
    }
}
