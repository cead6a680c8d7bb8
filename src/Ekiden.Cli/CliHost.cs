namespace Ekiden.Cli;

/// <summary>The world as the commands see it; the executable makes the real one, tests another.</summary>
public sealed record CliHost
{
    /// <summary>Standard output: data, and nothing else.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard error: everything that is said to people about trouble.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Standard input, opened when a command wants it.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Standard output as bytes, for <c>sendmail -bs</c>.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>Nobody types on standard input: it is a file or a pipe.</summary>
    public required bool IsInputRedirected { get; init; }

    /// <summary>Somebody reads standard output on a terminal: colours and its width are used.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>An environment variable; null when it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Who runs the command, for the sender of <c>sendmail</c> mail.</summary>
    public required string UserName { get; init; }

    /// <summary>Reads the settings (<c>--config</c>, or where they usually are) for where the server is.</summary>
    public required Func<string?, ServerSearch> FindServer { get; init; }

    /// <summary>What HTTP requests go through; not disposed.</summary>
    public required HttpMessageHandler Http { get; init; }

    /// <summary>The world of this process.</summary>
    /// <param name="findServer">See <see cref="FindServer"/>.</param>
    public static CliHost OfProcess(Func<string?, ServerSearch> findServer) => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        OpenInput = Console.OpenStandardInput,
        OpenOutput = Console.OpenStandardOutput,
        IsInputRedirected = Console.IsInputRedirected,
        IsTerminal = !Console.IsOutputRedirected,
        Variable = Environment.GetEnvironmentVariable,
        UserName = Environment.UserName,
        FindServer = findServer,
        Http = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), UseProxy = false },
    };
}
