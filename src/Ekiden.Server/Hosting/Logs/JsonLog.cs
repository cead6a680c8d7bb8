using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ekiden.Mail;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Hosting.Logs;

internal sealed class JsonLog(LogWriter writer, TimeProvider clock, LogLevel minimum, string category) : ILogger
{
    private const int MaximumField = 1024;

    // The default encoder escapes everything but basic Latin, control and bidi characters included.
    private static readonly JsonWriterOptions Options =
        new() { Encoder = JavaScriptEncoder.Default, SkipValidation = true };

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum && logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", clock.GetUtcNow());
            json.WriteString("level", LevelName(logLevel));
            json.WriteString("category", category);
            if (eventId.Name is { } name) json.WriteString("event", name);
            json.WriteString("message", Cut(formatter(state, exception)));
            if (state is IReadOnlyList<KeyValuePair<string, object?>> fields) WriteFields(json, fields);
            if (exception is not null) json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }
        var record = new byte[buffer.WrittenCount + 1];
        buffer.WrittenSpan.CopyTo(record);
        record[^1] = (byte)'\n';
        writer.Write(record);
    }

    private static void WriteFields(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        foreach (var (key, value) in fields)
        {
            if (key == "{OriginalFormat}") continue;
            var field = JsonNamingPolicy.SnakeCaseLower.ConvertName(key);
            switch (value)
            {
                case null: json.WriteNull(field); break;
                case bool flag: json.WriteBoolean(field, flag); break;
                case int number: json.WriteNumber(field, number); break;
                case long number: json.WriteNumber(field, number); break;
                case double number: json.WriteNumber(field, number); break;
                case MessageId id: json.WriteString(field, id.ToString()); break;
                default: json.WriteString(field, Cut(value.ToString() ?? "")); break;
            }
        }
    }

    private static string Cut(string text) => text.Length <= MaximumField ? text : text[..MaximumField];

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };
}
