using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Hosting.Logs;

/// <summary>
/// Log records as JSON lines: <c>time, level, category, event, message</c> and the record's own fields by name.
/// </summary>
/// <remarks>
/// Line breaks, control characters, bidirectional controls and lone surrogates cannot leave their field: everything
/// outside printable ASCII is escaped (reliability L-R1). A field is cut at 1 KiB, a record stays within 16 KiB.
/// </remarks>
public sealed class JsonLogProvider(LogWriter writer, TimeProvider clock, LogLevel minimum) : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new JsonLog(writer, clock, minimum, categoryName);

    /// <summary>Nothing to do: the writer belongs to whoever made it.</summary>
    public void Dispose()
    {
    }
}
