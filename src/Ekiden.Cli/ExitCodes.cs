namespace Ekiden.Cli;

/// <summary>The exit codes of every command but <c>sendmail</c>: DESIGN §9.1.</summary>
public static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Not done; standard error says why, or with <c>--json</c> standard output.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int WrongUsage = 2;
}
