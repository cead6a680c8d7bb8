using System.CommandLine;
using Ekiden.Cli.Api;
using Ekiden.Cli.Commands;
using Ekiden.Cli.Sendmail;

namespace Ekiden.Cli;

/// <summary>
/// All commands of <c>ekiden</c>: those here ask the server's API, the executable adds those that are the server.
/// </summary>
public static class EkidenCommands
{
    /// <summary>The tree of commands.</summary>
    /// <param name="more">The executable's own: <c>serve</c>, <c>demo</c>, <c>config</c>, <c>address</c>.</param>
    public static RootCommand Build(CliHost host, params IEnumerable<Command> more)
    {
        var root = new RootCommand("Ekiden, an SMTP relay that keeps its word");
        foreach (var command in more) root.Subcommands.Add(command);
        root.Subcommands.Add(InitCommand.Build(host));
        root.Subcommands.Add(AccountCommands.Build(host));
        root.Subcommands.Add(KeyCommands.Build(host));
        root.Subcommands.Add(DomainCommands.Build(host));
        root.Subcommands.Add(SendCommand.Build(host));
        root.Subcommands.Add(QueueCommands.Build(host));
        root.Subcommands.Add(EventCommands.Build(host));
        root.Subcommands.Add(SuppressCommands.Build(host));
        root.Subcommands.Add(SuppressCommands.BuildImport(host));
        root.Subcommands.Add(LaneCommands.BuildList(host));
        root.Subcommands.Add(LaneCommands.Build(host));
        root.Subcommands.Add(SendmailProgram.Describe());
        return root;
    }

    /// <summary>Runs one command line.</summary>
    /// <param name="programName">What the program was called as: <c>sendmail</c>, <c>mailq</c> and <c>newaliases</c>
    /// act so.</param>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="more">See <see cref="Build"/>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        CliHost host, string programName, IReadOnlyList<string> arguments, IEnumerable<Command> more,
        CancellationToken cancel)
    {
        if (SendmailProgram.Accepts(programName, arguments, out var sendmail))
            return await new SendmailProgram(host).RunAsync(sendmail, cancel);
        var parsed = Build(host, more).Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
            return WrongUsage(host, arguments, [.. parsed.Errors.Select(error => error.Message)]);
        var invocation = new InvocationConfiguration
        {
            Output = host.Output,
            Error = host.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return await parsed.InvokeAsync(invocation, cancel);
    }

    private static int WrongUsage(CliHost host, IReadOnlyList<string> arguments, IReadOnlyList<string> mistakes)
    {
        var isJson = arguments.Contains("--json", StringComparer.Ordinal);
        new CommandOutput(host, isJson).Fail(Problems.WrongUsage(string.Join(" ", mistakes)));
        if (!isJson) host.Error.WriteLine("`--help` shows how.");
        return ExitCodes.WrongUsage;
    }
}
