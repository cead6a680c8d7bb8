using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Ekiden.Events;

/// <summary>An event as JSON: api.md §5 and §6.</summary>
public static class EventJson
{
    /// <summary>The time format of the API: RFC 3339, UTC, milliseconds.</summary>
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>As in answers, streams and sinks: <c>{"id","type","timestamp","data"}</c>.</summary>
    public static void Write(IBufferWriter<byte> output, EkidenEvent one)
    {
        using var json = new Utf8JsonWriter(output);
        Write(json, one, hasId: true);
    }

    /// <summary>Writes the object into a larger one.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="one">What.</param>
    /// <param name="hasId">False for the body of a webhook, whose id is a header of the request.</param>
    public static void Write(Utf8JsonWriter json, EkidenEvent one, bool hasId)
    {
        json.WriteStartObject();
        if (hasId) json.WriteString("id", one.Id.ToString());
        json.WriteString("type", one.Type.Word());
        json.WriteString("timestamp", Time(one.At));
        json.WriteStartObject("data");
        WriteMessage(json, one);
        WriteAttempt(json, one);
        WriteSmtp(json, one);
        WriteBounce(json, one);
        WriteExtra(json, one);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter json, EkidenEvent one)
    {
        if (one.Message is { } message) json.WriteString("message_id", message.ToString());
        if (one.Message is { } of && one.Place is { } place)
            json.WriteString("recipient_id", of.Recipient(place).ToString());
        WriteIfThere(json, "batch_id", one.Batch);
        WriteIfThere(json, "account", one.Account);
        WriteIfThere(json, "stream", one.Stream);
        if (one.Recipient is { } recipient)
        {
            json.WriteNumber("sequence", SequenceOf(one));
            json.WriteString("recipient", recipient);
            json.WriteString("recipient_domain", recipient[(recipient.LastIndexOf('@') + 1)..]);
        }
        WriteIfThere(json, "provider", one.Provider);
        if (one.Message is null) return;
        json.WriteString("from", one.From ?? "");
        WriteIfThere(json, "subject", one.Subject);
        json.WritePropertyName("tags");
        json.WriteRawValue(one.TagsJson ?? "[]");
        json.WritePropertyName("metadata");
        json.WriteRawValue(one.MetadataJson ?? "{}");
    }

    private static void WriteAttempt(Utf8JsonWriter json, EkidenEvent one)
    {
        if (one.Attempt == 0) return;
        json.WriteNumber("attempt", one.Attempt);
        if (one.QueuedMilliseconds is { } queued) json.WriteNumber("queued_ms", queued);
        if (one.AttemptMilliseconds is { } took) json.WriteNumber("attempt_ms", took);
        if (one.NextAttempt is { } next) json.WriteString("next_attempt_at", Time(next));
        json.WriteBoolean("possible_duplicate", one.PossibleDuplicate);
    }

    private static void WriteSmtp(Utf8JsonWriter json, EkidenEvent one)
    {
        if (one is { ReplyCode: null, Peer: null, Text: null, EnhancedStatus: null }) return;
        json.WriteStartObject("smtp");
        if (one.ReplyCode is { } code) json.WriteNumber("code", code);
        WriteIfThere(json, "enhanced", one.EnhancedStatus);
        WriteIfThere(json, "text", one.Text);
        WriteIfThere(json, "phase", one.Phase);
        WriteIfThere(json, "mx", one.Peer?.Host);
        WriteIfThere(json, "mx_ip", one.Peer?.Address);
        WriteIfThere(json, "source_ip", one.Peer?.SourceAddress);
        WriteIfThere(json, "tls", one.Peer?.Tls);
        json.WriteEndObject();
    }

    private static void WriteBounce(Utf8JsonWriter json, EkidenEvent one)
    {
        var type = one.Type switch
        {
            EventType.Bounced => "permanent",
            EventType.Deferred or EventType.Expired => "transient",
            _ => null,
        };
        if (type is null) return;
        json.WriteStartObject("bounce");
        json.WriteString("type", type);
        json.WriteString("class", one.Class ?? "undefined");
        json.WriteString("source", one.IsAsynchronous ? "dsn" : "smtp");
        json.WriteEndObject();
        if (one.IsAsynchronous) json.WriteBoolean("asynchronous", true);
    }

    private static void WriteExtra(Utf8JsonWriter json, EkidenEvent one)
    {
        if (one.ExtraJson is null) return;
        using var extra = JsonDocument.Parse(one.ExtraJson);
        foreach (var member in extra.RootElement.EnumerateObject()) member.WriteTo(json);
    }

    // Sorts the events of a recipient: what comes after the end of delivery comes last.
    private static long SequenceOf(EkidenEvent one) => one.Type switch
    {
        EventType.Accepted => 1,
        EventType.Scheduled => 2,
        _ when one.Attempt > 0 => 2 + one.Attempt,
        EventType.Cancelled or EventType.Suppressed => 1_000_000,
        _ => 1_000_001,
    };

    private static void WriteIfThere(Utf8JsonWriter json, string name, string? value)
    {
        if (value is { Length: > 0 }) json.WriteString(name, value);
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
