using System.Globalization;
using System.Text;
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
        var line = $"{time} {logLevel.ToString().ToLowerInvariant(),-11} {Printable(formatter(state, exception))}\n";
        if (exception is not null) line += exception + "\n";
        writer.Write(Encoding.UTF8.GetBytes(line));
    }

    // A peer's text must not move the cursor nor start a line of its own.
    private static string Printable(string text) =>
        string.Concat(text.Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter));
}
