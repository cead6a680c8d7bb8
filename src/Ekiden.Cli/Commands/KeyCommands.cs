using System.CommandLine;
using System.Globalization;
using Ekiden.Contracts;

namespace Ekiden.Cli.Commands;

/// <summary><c>ekiden key</c>: what applications sign in with.</summary>
internal static class KeyCommands
{
    private static readonly (string, Func<KeyResponse, string?>)[] Columns =
    [
        ("id", key => key.Id), ("account", key => key.Account), ("username", key => key.Username),
        ("scopes", key => string.Join(',', key.Scopes)), ("created", key => Date(key.CreatedAt)),
        ("expires", key => Date(key.ExpiresAt)), ("revoked", key => Date(key.RevokedAt)),
    ];

    public static Command Build(CliHost host)
    {
        var key = new Command("key", "Keys: what applications sign in with, by SMTP and HTTP");
        key.Subcommands.Add(BuildAdd(host));
        key.Subcommands.Add(BuildList(host));
        key.Subcommands.Add(BuildRevoke(host));
        return key;
    }

    private static Command BuildAdd(CliHost host)
    {
        var account = new Argument<string>("ACCOUNT") { Description = "Name or id" };
        var scope = new Option<string[]>("--scope")
        {
            Description =
                "What it may do: send, send:raw, read, suppressions, domains, admin; several with commas (send)",
            HelpName = "SCOPES",
            AllowMultipleArgumentsPerToken = false,
        };
        var expires = new Option<DateTimeOffset?>("--expires")
        {
            Description = "When it ends, RFC 3339 (never)",
            HelpName = "TIME",
        };
        var command = new Command("add", "Make a key, and show its secret this once") { account, scope, expires };
        new ApiOptions().Complete(command, host, async (run, cancel) =>
        {
            string[] scopes = [.. (run.Parsed.GetValue(scope) ?? []).SelectMany(text =>
                text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
            var request = new AddKeyRequest
            {
                Account = run.Value(account),
                Scopes = scopes.Length == 0 ? null : scopes,
                ExpiresAt = run.Parsed.GetValue(expires),
            };
            var added = await run.Client.SendAsync(
                HttpMethod.Post, "v1/api-keys", (request, ApiJson.Default.AddKeyRequest),
                ApiJson.Default.AddKeyResponse, cancel);
            // JSON for people too: it is copied into settings, and shown once only.
            return run.Output.Print(added, ApiJson.Default.AddKeyResponse, key =>
            {
                run.Output.PrintJson(key, ApiJson.Default.AddKeyResponse);
                run.Output.Say("The secret is the SMTP password and the bearer token. It is not shown again.");
            });
        });
        return command;
    }

    private static Command BuildList(CliHost host)
    {
        var command = new Command("list", "Show every key, without its secret");
        new ApiOptions().Complete(command, host, async (run, cancel) => run.Output.PrintAll(
            await run.Client.GetAsync("v1/api-keys", ApiJson.Default.PageKeyResponse, cancel),
            ApiJson.Default.KeyResponse, Columns));
        return command;
    }

    private static Command BuildRevoke(CliHost host)
    {
        var key = new Argument<string>("KEY") { Description = "Id or user name" };
        var command = new Command("revoke", "Let a key sign in no more") { key };
        new ApiOptions().Complete(command, host, async (run, cancel) => run.Output.Print(
            await run.Client.DeleteAsync(
                $"v1/api-keys/{Uri.EscapeDataString(run.Value(key))}", ApiJson.Default.KeyResponse, cancel),
            ApiJson.Default.KeyResponse,
            revoked => run.Output.PrintLine($"{revoked.Id} is revoked")));
        return command;
    }

    private static string? Date(DateTimeOffset? time) =>
        time?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
