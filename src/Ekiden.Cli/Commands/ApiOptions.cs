using System.CommandLine;
using System.CommandLine.Parsing;
using Ekiden.Cli.Api;

namespace Ekiden.Cli.Commands;

/// <summary>The options of every command that asks the API, and the frame in which it runs.</summary>
internal sealed class ApiOptions
{
    private readonly Option<string?> _config = new("--config")
    {
        Description = "The settings file (else EKIDEN_CONFIG, ./ekiden.toml, /etc/ekiden/ekiden.toml)",
        HelpName = "FILE",
    };

    private readonly Option<Uri?> _api = new("--api")
    {
        Description = "The address of the API, instead of the one in the settings",
        HelpName = "URL",
        CustomParser = ReadUrl,
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = "The key to ask with (else the operator's token, else EKIDEN_KEY)",
        HelpName = "SECRET",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON" };

    /// <summary>Adds the options to a command, and what it does.</summary>
    public void Complete(Command command, CliHost host, Func<ApiCommand, CancellationToken, Task<int>> run) =>
        Complete(command, host, static target => target, run);

    /// <summary>Adds the options to a command that asks in a way of its own.</summary>
    public void Complete(
        Command command, CliHost host, Func<ApiTarget, ParseResult, ApiTarget> aim,
        Func<ApiCommand, CancellationToken, Task<int>> run)
    {
        foreach (var option in new Option[] { _config, _api, _key, _json }) command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var output = new CommandOutput(host, parsed.GetValue(_json));
            var target = aim(
                new ApiTarget(parsed.GetValue(_config), parsed.GetValue(_api), parsed.GetValue(_key)), parsed);
            var (client, problem) = new ServerConnection(host).Open(target);
            if (client is null) return output.Fail(problem!); // Open returns exactly one of the two
            using (client) return await run(new ApiCommand(parsed, client, output), cancel);
        });
    }

    private void Complete(
        Command command, CliHost host, Func<ApiTarget, ApiTarget> aim,
        Func<ApiCommand, CancellationToken, Task<int>> run) =>
        Complete(command, host, (target, _) => aim(target), run);

    private static Uri? ReadUrl(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        var isUrl = Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var url);
        if (isUrl && url!.Scheme is "http" or "https") return url; // a URL: it is one
        argument.AddError($"--api expects a URL such as http://127.0.0.1:8025, not {text}.");
        return null;
    }
}

/// <summary>One command that runs: what was typed, whom to ask, where to print.</summary>
internal sealed record ApiCommand(ParseResult Parsed, EkidenApiClient Client, CommandOutput Output)
{
    /// <summary>The value of an argument that the parser insists on.</summary>
    public string Value(Argument<string> argument) => Parsed.GetValue(argument)!; // required: never null here
}
