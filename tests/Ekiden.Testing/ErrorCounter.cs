using Microsoft.Extensions.Logging;

namespace Ekiden.Testing;

/// <summary>A log that keeps what was said, and counts errors.</summary>
public sealed class ErrorCounter : ILogger
{
    private readonly List<string> _lines = [];
    private int _errors;

    /// <summary>Records at Error or worse.</summary>
    public int Errors => Volatile.Read(ref _errors);

    /// <summary>All records, as text.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error) Interlocked.Increment(ref _errors);
        lock (_lines) _lines.Add(formatter(state, exception));
    }
}
