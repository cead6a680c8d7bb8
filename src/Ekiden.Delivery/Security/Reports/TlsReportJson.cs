using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Ekiden.Mail;

namespace Ekiden.Delivery.Security.Reports;

/// <summary>Reads and writes TLS reports: RFC 8460 §4. What is read is made safe to show.</summary>
public static class TlsReportJson
{
    private const int MaxPolicies = 1_000;
    private const int MaxDetails = 10_000;

    /// <summary>Reads a report; fields that are not known are ignored.</summary>
    /// <param name="json">The text, from <see cref="ReportFile.TryOpen"/>.</param>
    /// <param name="report">What it says.</param>
    /// <param name="why">In a few words why it is none.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> json, [NotNullWhen(true)] out TlsReport? report, [NotNullWhen(false)] out string? why)
    {
        report = null;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            report = Read(document.RootElement);
            why = report is null ? "no TLS report: report-id, date-range or policies are missing" : null;
            return report is not null;
        }
        catch (JsonException)
        {
            why = "not JSON"; // a peer's bytes
            return false;
        }
    }

    /// <summary>The report as it is sent, before gzip.</summary>
    public static byte[] Write(TlsReport report)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteText(json, "organization-name", report.Organization);
            json.WriteStartObject("date-range");
            json.WriteString("start-datetime", Stamp(report.Start));
            json.WriteString("end-datetime", Stamp(report.End));
            json.WriteEndObject();
            WriteText(json, "contact-info", report.Contact);
            json.WriteString("report-id", report.Id);
            json.WriteStartArray("policies");
            foreach (var policy in report.Policies) Write(json, policy);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static TlsReport? Read(JsonElement root)
    {
        if (Text(root, "report-id") is not { Length: > 0 } id || Child(root, "date-range") is not { } range
            || Time(range, "start-datetime") is not { } start || Time(range, "end-datetime") is not { } end
            || end < start || Child(root, "policies") is not { ValueKind: JsonValueKind.Array } policies)
        {
            return null;
        }
        return new TlsReport
        {
            Organization = Text(root, "organization-name"),
            Contact = Text(root, "contact-info"),
            Id = id,
            Start = start,
            End = end,
            Policies = [.. policies.EnumerateArray().Take(MaxPolicies).Select(ReadPolicy).OfType<TlsReportPolicy>()],
        };
    }

    private static TlsReportPolicy? ReadPolicy(JsonElement entry)
    {
        if (Child(entry, "policy") is not { } policy || Text(policy, "policy-type") is not { } type
            || Text(policy, "policy-domain") is not { } domain)
        {
            return null;
        }
        var summary = Child(entry, "summary") ?? default;
        var details = Child(entry, "failure-details") ?? default;
        return new TlsReportPolicy
        {
            Type = type,
            Domain = domain.ToLowerInvariant(),
            Text = Texts(policy, "policy-string"),
            Hosts = Texts(policy, "mx-host"),
            Successes = Count(summary, "total-successful-session-count"),
            Failures = Count(summary, "total-failure-session-count"),
            Details = details.ValueKind == JsonValueKind.Array
                ? [.. details.EnumerateArray().Take(MaxDetails).Select(ReadFailure).OfType<TlsReportFailure>()]
                : [],
        };
    }

    private static TlsReportFailure? ReadFailure(JsonElement entry) => Text(entry, "result-type") is not { } type
        ? null
        : new TlsReportFailure
        {
            Type = type,
            Sessions = Count(entry, "failed-session-count"),
            SendingAddress = Text(entry, "sending-mta-ip"),
            ReceivingHost = Text(entry, "receiving-mx-hostname"),
            ReceivingAddress = Text(entry, "receiving-ip"),
            ReceivingHelo = Text(entry, "receiving-mx-helo"),
            Information = Text(entry, "additional-information"),
            ReasonCode = Text(entry, "failure-reason-code"),
        };

    private static void Write(Utf8JsonWriter json, TlsReportPolicy policy)
    {
        json.WriteStartObject();
        json.WriteStartObject("policy");
        json.WriteString("policy-type", policy.Type);
        WriteTexts(json, "policy-string", policy.Text);
        json.WriteString("policy-domain", policy.Domain);
        WriteTexts(json, "mx-host", policy.Hosts);
        json.WriteEndObject();
        json.WriteStartObject("summary");
        json.WriteNumber("total-successful-session-count", policy.Successes);
        json.WriteNumber("total-failure-session-count", policy.Failures);
        json.WriteEndObject();
        if (!policy.Details.IsEmpty)
        {
            json.WriteStartArray("failure-details");
            foreach (var failure in policy.Details) Write(json, failure);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TlsReportFailure failure)
    {
        json.WriteStartObject();
        json.WriteString("result-type", failure.Type);
        WriteText(json, "sending-mta-ip", failure.SendingAddress);
        WriteText(json, "receiving-mx-hostname", failure.ReceivingHost);
        WriteText(json, "receiving-mx-helo", failure.ReceivingHelo);
        WriteText(json, "receiving-ip", failure.ReceivingAddress);
        json.WriteNumber("failed-session-count", failure.Sessions);
        WriteText(json, "additional-information", failure.Information);
        WriteText(json, "failure-reason-code", failure.ReasonCode);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null) json.WriteString(name, text);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, ImmutableArray<string> texts)
    {
        if (texts.IsEmpty) return;
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    // RFC 3339, in UTC, without fractions: RFC 8460 §4.4.
    private static string Stamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JsonElement? Child(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var child) ? child : null;

    private static string? Text(JsonElement parent, string name) =>
        Child(parent, name) is { ValueKind: JsonValueKind.String } child ? Safe(child) : null;

    // Some reporters write one text where a list belongs.
    private static ImmutableArray<string> Texts(JsonElement parent, string name) => Child(parent, name) switch
    {
        { ValueKind: JsonValueKind.String } text => [Safe(text)],
        { ValueKind: JsonValueKind.Array } list =>
        [
            .. list.EnumerateArray().Where(text => text.ValueKind == JsonValueKind.String)
                .Take(MaxPolicies).Select(Safe),
        ],
        _ => [],
    };

    private static long Count(JsonElement parent, string name) =>
        Child(parent, name) is { ValueKind: JsonValueKind.Number } child && child.TryGetInt64(out var count)
            ? Math.Max(count, 0)
            : 0;

    private static DateTimeOffset? Time(JsonElement parent, string name) =>
        DateTimeOffset.TryParse(
            Text(parent, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    private static string Safe(JsonElement text)
    {
        try
        {
            return SafeText.Of(text.GetString());
        }
        catch (InvalidOperationException)
        {
            return "?"; // half a surrogate pair
        }
    }
}
