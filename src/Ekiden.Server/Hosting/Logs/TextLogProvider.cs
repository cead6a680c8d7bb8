using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Hosting.Logs;

/// <summary>Log records for a person at a terminal: time, level, message, one line each; an exception's
/// lines follow, indented.</summary>
public sealed class TextLogProvider(LogWriter writer, TimeProvider clock, LogLevel minimum) : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new TextLog(writer, clock, minimum);

    /// <summary>Nothing to do: the writer belongs to whoever made it.</summary>
    public void Dispose()
    {
    }
}
