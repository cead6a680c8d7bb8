using System.Globalization;
using System.Text;
using Ekiden.Mail;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Hosting.Logs;

internal sealed class TextLog(LogWriter writer, TimeProvider clock, LogLevel minimum) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum && logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var time = clock.GetLocalNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        // A peer's text must not move the cursor nor start a line of its own.
        var record = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"{time} {logLevel.ToString().ToLowerInvariant(),-11} ")
            .Append(SafeText.Of(formatter(state, exception))).Append('\n');
        foreach (var line in exception?.ToString().Split('\n') ?? [])
            record.Append("    ").Append(SafeText.Of(line.Trim())).Append('\n');
        writer.Write(Encoding.UTF8.GetBytes(record.ToString()));
    }
}
