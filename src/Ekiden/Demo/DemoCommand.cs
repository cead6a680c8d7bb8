using System.CommandLine;
using Spectre.Console;

namespace Ekiden.Demo;

/// <summary><c>ekiden demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Build()
    {
        var stay = new Option<bool>("--stay") { Description = "Keep the relay up afterwards, until Ctrl+C" };
        var command = new Command("demo", "See mail go through a relay and three receivers on this machine") { stay };
        command.SetAction((parsed, cancel) => new DemoRun(AnsiConsole.Console, parsed.GetValue(stay)).RunAsync(cancel));
        return command;
    }
}
