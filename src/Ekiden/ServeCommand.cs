using System.CommandLine;

namespace Ekiden;

/// <summary><c>ekiden serve</c>.</summary>
internal static class ServeCommand
{
    public static Command Build()
    {
        var config = ConfigCommand.ConfigOption();
        var command = new Command(
            "serve", "Run the server in the foreground; SIGTERM drains, SIGHUP reloads") { config };
        command.SetAction((parsed, _) => new Serving(parsed.GetValue(config)).RunAsync());
        return command;
    }
}
