using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ekiden.Mail;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Hosting.Logs;

internal sealed class JsonLog(LogWriter writer, TimeProvider clock, LogLevel minimum, string category) : ILogger
{
    private const int MaximumField = 1024;
    private const int MaximumRecord = 16 * 1024;

    // For the names, the small values and the end of the record.
    private const int Reserve = 2 * 1024;
    private const int MostEscaped = 6; // \uXXXX for one octet; longer characters need fewer for each octet

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
            WriteText(json, "message", formatter(state, exception));
            if (state is IReadOnlyList<KeyValuePair<string, object?>> fields) WriteFields(json, fields);
            if (exception is not null) WriteException(json, exception);
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
                case DateTimeOffset moment: json.WriteString(field, moment); break;
                case MessageId id: json.WriteString(field, id.ToString()); break;
                case double number when double.IsFinite(number): json.WriteNumber(field, number); break;
                default: WriteText(json, field, value.ToString() ?? ""); break;
            }
        }
    }

    // Line by line: each is a field of its own, and as many are kept as the record has room for.
    private static void WriteException(Utf8JsonWriter json, Exception exception)
    {
        json.WriteStartArray("exception");
        foreach (var line in exception.ToString().Split('\n'))
        {
            if (RoomFor(json) <= 0) break;
            json.WriteStringValue(Cut(line.Trim(), RoomFor(json)));
        }
        json.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter json, string field, string text) =>
        json.WriteString(field, Cut(text, RoomFor(json)));

    // Octets that the next field may have, however they are escaped.
    private static int RoomFor(Utf8JsonWriter json)
    {
        var used = json.BytesCommitted + json.BytesPending;
        return (int)Math.Clamp((MaximumRecord - Reserve - used) / MostEscaped, 0, MaximumField);
    }

    // Between characters.
    private static ReadOnlySpan<char> Cut(string text, int octets)
    {
        if (text.Length * 3 <= octets) return text;
        var (length, used) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            used += rune.Utf8SequenceLength;
            if (used > octets) break;
            length += rune.Utf16SequenceLength;
        }
        return text.AsSpan(0, length);
    }

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
