using System.CommandLine;
using System.Text;
using Ekiden.Cli.Api;
using Ekiden.Contracts;

namespace Ekiden.Cli.Commands;

/// <summary><c>ekiden send</c>: one mail through the API.</summary>
internal static class SendCommand
{
    public static Command Build(CliHost host)
    {
        var from = new Option<string>("--from")
        {
            Description = "a@b, or \"Name <a@b>\"",
            HelpName = "ADDRESS",
            Required = true,
        };
        var to = new Option<string[]>("--to")
        {
            Description = "The same; may be given again",
            HelpName = "ADDRESS",
            Required = true,
        };
        var subject = new Option<string>("--subject")
        {
            Description = "The subject",
            HelpName = "TEXT",
            Required = true,
        };
        var body = new Option<string?>("--body") { Description = "The text (else standard input)", HelpName = "FILE" };
        var account = new Option<string?>("--account")
        {
            Description = "Whose mail it is, with the operator's token",
            HelpName = "ACCOUNT",
        };
        var command = new Command("send", "Send one mail") { from, to, subject, body, account };
        new ApiOptions().Complete(
            command, host,
            (target, parsed) =>
                target with { Account = parsed.GetValue(account), PrefersKey = parsed.GetValue(account) is null },
            async (run, cancel) =>
            {
                var (text, problem) = await ReadBodyAsync(host, run.Parsed.GetValue(body), cancel);
                if (text is null) return run.Output.Fail(problem!); // ReadBodyAsync returns exactly one of the two
                var request = new SendMessageRequest
                {
                    From = new ApiAddress(run.Parsed.GetValue(from)!), // required
                    To = [.. run.Parsed.GetValue(to)!.Select(address => new ApiAddress(address))], // required
                    Subject = run.Parsed.GetValue(subject)!, // required
                    Text = text,
                };
                var sent = await run.Client.SendAsync(
                    HttpMethod.Post, "v1/messages", (request, ApiJson.Default.SendMessageRequest),
                    ApiJson.Default.SendMessageResponse, cancel);
                return run.Output.Print(
                    sent, ApiJson.Default.SendMessageResponse, value =>
                        run.Output.PrintLine($"{value.Id} is {value.Status}"));
            });
        return command;
    }

    private static async Task<(string? Text, Problem? Problem)> ReadBodyAsync(
        CliHost host, string? file, CancellationToken cancel)
    {
        if (file is null or "-" && !host.IsInputRedirected)
            return (null, Problems.WrongUsage("The text comes from --body FILE, or from standard input"));
        try
        {
            await using var input = file is null or "-" ? host.OpenInput() : File.OpenRead(file);
            using var reader = new StreamReader(input, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return (await reader.ReadToEndAsync(cancel), null);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return (null, Problems.Unreadable(file ?? "standard input", trouble.Message));
        }
        catch (DecoderFallbackException)
        {
            return (null, Problems.Unreadable(file ?? "standard input", "is not UTF-8"));
        }
    }
}
