using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ekiden.Cli;
using Ekiden.Delivery.Bounces.Reading;
using Ekiden.Mail;

namespace Ekiden;

/// <summary><c>ekiden parse bounce</c>: whom a mail that came back is about, and why. DESIGN §9.1.</summary>
internal static class ParseBounceCommand
{
    public static Command Build(CliHost host)
    {
        var file = new Argument<string>("FILE")
        { Description = "The mail; - is standard input. Lines may end with CRLF, LF or CR" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("bounce", "Whom a mail that came back is about, and why") { file, json };
        command.SetAction(async (parsed, cancel) =>
        {
            var path = parsed.GetRequiredValue(file);
            try
            {
                var report = BounceReader.Read(await ReadAsync(host, path, cancel));
                if (parsed.GetValue(json)) await host.Output.WriteLineAsync(Json(report).AsMemory(), cancel);
                else WriteText(host.Output, report);
                return ExitCodes.Done;
            }
            catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
            {
                await host.Error.WriteLineAsync(
                    $"{SafeText.Of(path)} cannot be read: {trouble.Message}".AsMemory(), cancel);
                return ExitCodes.Failed;
            }
        });
        return command;
    }

    // No more is looked at.
    private static async Task<byte[]> ReadAsync(CliHost host, string path, CancellationToken cancel)
    {
        await using var input = path == "-" ? host.OpenInput() : File.OpenRead(path);
        var bytes = new byte[BounceReader.MaxBytes];
        var length = await input.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
        return bytes[..length];
    }

    private static void WriteText(TextWriter output, BounceReport report)
    {
        output.WriteLine($"kind       {report.Kind.Word()}");
        if (report.ReportingMta is { } reporter) output.WriteLine($"reporter   {SafeText.Of(reporter)}");
        foreach (var result in report.Results)
        {
            output.WriteLine();
            output.WriteLine($"recipient  {SafeText.Of(result.Recipient ?? "not told")}");
            output.WriteLine($"reason     {result.Reason.Word}{(result.IsHard ? ", hard" : "")}");
            if (result.Status is { } status) output.WriteLine($"status     {status}");
            if (result.ReplyCode is { } code) output.WriteLine($"reply      {code}");
            if (result.FeedbackType is { } type) output.WriteLine($"feedback   {SafeText.Of(type)}");
            if (result.Diagnostic.Length > 0) output.WriteLine($"said       {SafeText.Of(result.Diagnostic)}");
        }
    }

    // What is not told is an empty text.
    private static string Json(BounceReport report)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteBoolean("is_bounce", report.IsBounce);
            json.WriteString("kind", report.Kind.Word());
            json.WriteString("reporting_mta", report.ReportingMta ?? "");
            json.WriteString("original_message_id", report.OriginalMessageId ?? "");
            json.WriteStartArray("results");
            foreach (var result in report.Results) Write(json, result, report);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, BounceResult result, BounceReport report)
    {
        json.WriteStartObject();
        json.WriteString("recipient", result.Recipient ?? "");
        if (result.FinalRecipient is { } final) json.WriteString("final_recipient", final);
        json.WriteString("status", result.Status?.ToString() ?? "");
        json.WriteString("reply_code", result.ReplyCode is { } code ? code.ToString(CultureInfo.InvariantCulture) : "");
        json.WriteString("reason", result.Reason.Word);
        json.WriteBoolean("hard", result.IsHard);
        json.WriteString("kind", report.Kind.Word());
        json.WriteString("feedback_type", result.FeedbackType ?? "");
        json.WriteString("diagnostic", result.Diagnostic);
        json.WriteString("reporting_mta", report.ReportingMta ?? "");
        json.WriteEndObject();
    }
}
