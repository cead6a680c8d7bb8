using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ekiden.Cli;
using Ekiden.Mail;

namespace Ekiden;

/// <summary><c>ekiden address check ADDR</c>: what the one address parser says of an address.</summary>
internal static class AddressCommand
{
    public static Command Build(CliHost host)
    {
        var address = new Argument<string>("ADDR") { Description = "The address, without angle brackets" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var check = new Command("check", "Is it an address that mail can be sent to?") { address, json };
        check.SetAction((parsed, _) =>
            Task.FromResult(Check(host, parsed.GetRequiredValue(address), parsed.GetValue(json))));
        return new Command("address", "Mail addresses") { check };
    }

    private static int Check(CliHost host, string text, bool isJson)
    {
        var result = Mailbox.Parse(text, MailboxRules.Utf8);
        var normalized = result is MailboxResult.Valid valid ? valid.Mailbox.ToString() : null;
        var why = result is MailboxResult.Invalid invalid ? invalid.Why : null;
        if (isJson) host.Output.WriteLine(Json(normalized, why));
        else host.Output.WriteLine(normalized is null ? $"invalid: {why}" : $"valid: {normalized}");
        return normalized is null ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static string Json(string? normalized, string? why)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteBoolean("valid", normalized is not null);
            json.WriteString("normalized", normalized);
            json.WriteString("why", why);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
