namespace Ekiden.Cli;

/// <summary>What this process was called as.</summary>
public static class ProgramName
{
    private const string CommandLine = "/proc/self/cmdline";

    /// <summary>
    /// The file name of the first argument: <c>sendmail</c> when the program was started through a link of that name.
    /// .NET itself names the assembly, whatever the link is called.
    /// </summary>
    public static string Read()
    {
        var first = File.Exists(CommandLine)
            ? File.ReadAllText(CommandLine).Split('\0')[0]
            : Environment.GetCommandLineArgs()[0];
        return Path.GetFileNameWithoutExtension(first);
    }
}
