using System.CommandLine;
using System.Globalization;
using Ekiden.Cli.Api;
using Ekiden.Contracts;

namespace Ekiden.Cli.Commands;

/// <summary><c>ekiden suppress</c> and <c>ekiden import</c>: who must not be mailed.</summary>
internal static class SuppressCommands
{
    private static readonly (string, Func<SuppressionResponse, string?>)[] Columns =
    [
        ("email", one => one.Email), ("kind", one => one.Kind), ("account", one => one.Scope.Account),
        ("stream", one => one.Scope.Stream), ("list", one => one.Scope.ListId), ("source", one => one.Source),
        ("since", one => Time(one.FirstAt)), ("until", one => one.ExpiresAt is { } end ? Time(end) : null),
        ("reason", one => one.Reason.Text),
    ];

    public static Command Build(CliHost host)
    {
        var suppress = new Command("suppress", "Addresses that must not be mailed");
        suppress.Subcommands.Add(BuildAdd(host));
        suppress.Subcommands.Add(BuildRemove(host));
        suppress.Subcommands.Add(BuildList(host));
        suppress.Subcommands.Add(BuildImport(host, "import", null));
        suppress.Subcommands.Add(BuildExport(host));
        suppress.Subcommands.Add(BuildUndo(host));
        return suppress;
    }

    /// <summary><c>ekiden import PROVIDER FILE</c>: the list that another service exported.</summary>
    public static Command BuildImport(CliHost host)
    {
        var from = new Argument<string>("FROM") { Description = "sendgrid, ses, mailgun, postmark or csv" };
        from.AcceptOnlyFromAmong("sendgrid", "ses", "mailgun", "postmark", "csv");
        return BuildImport(host, "import", from);
    }

    private static Command BuildAdd(CliHost host)
    {
        var email = new Argument<string>("EMAIL") { Description = "The address" };
        var kind = Text("--kind", "manual (the default), hard_bounce, soft_bounce, complaint, unsubscribe");
        var (stream, list) = (Text("--stream", "Only mail of this stream"), Text("--list", "Only mail of this list"));
        var reason = Text("--reason", "Why, in words");
        var expires = new Option<DateTimeOffset?>("--expires") { Description = "When it is over (never)" };
        var command = new Command("add", "Do not mail an address any more")
        {
            email, kind, stream, list, reason, expires,
        };
        Complete(command, host, async (run, cancel) => Print(run, await run.Client.SendAsync(
            HttpMethod.Put, "v1/suppressions",
            (new SuppressionRequest
            {
                Email = run.Value(email),
                Kind = run.Parsed.GetValue(kind),
                Stream = run.Parsed.GetValue(stream),
                ListId = run.Parsed.GetValue(list),
                Reason = run.Parsed.GetValue(reason),
                ExpiresAt = run.Parsed.GetValue(expires),
            }, ApiJson.Default.SuppressionRequest),
            ApiJson.Default.SuppressionChangeResponse, cancel)));
        return command;
    }

    private static Command BuildRemove(CliHost host)
    {
        var email = new Argument<string>("EMAIL") { Description = "The address" };
        var (kind, stream) = (Text("--kind", "Only entries of this kind"), Text("--stream", "Only of this stream"));
        var command = new Command("remove", "Let an address be mailed again") { email, kind, stream };
        Complete(command, host, async (run, cancel) => Print(run, await run.Client.DeleteAsync(
            $"v1/suppressions/{Uri.EscapeDataString(run.Value(email))}"
            + Query(("kind", run.Parsed.GetValue(kind)), ("stream", run.Parsed.GetValue(stream))),
            ApiJson.Default.SuppressionChangeResponse, cancel)));
        return command;
    }

    private static Command BuildList(CliHost host)
    {
        var (email, kind, stream) = (Text("--email", "This address"), Text("--kind", "This kind"),
            Text("--stream", "This stream"));
        var limit = Text("--limit", "At most so many, up to 1000 (50)");
        var command = new Command("list", "Show who must not be mailed") { email, kind, stream, limit };
        Complete(command, host, async (run, cancel) => run.Output.PrintAll(
            await run.Client.GetAsync(
                "v1/suppressions" + Query(
                    ("email", run.Parsed.GetValue(email)), ("kind", run.Parsed.GetValue(kind)),
                    ("stream", run.Parsed.GetValue(stream)), ("limit", run.Parsed.GetValue(limit))),
                ApiJson.Default.PageSuppressionResponse, cancel),
            ApiJson.Default.SuppressionResponse, Columns));
        return command;
    }

    // Columns are known by their names, whoever wrote the file: the name of the service is for people.
    private static Command BuildImport(CliHost host, string name, Argument<string>? from)
    {
        var file = new Argument<string>("FILE") { Description = "CSV with a header line, or JSON" };
        var kind = Text("--kind", "What an entry is that does not say it (manual)");
        var command = new Command(name, "Take a list of addresses that must not be mailed");
        if (from is not null) command.Arguments.Add(from);
        command.Arguments.Add(file);
        command.Options.Add(kind);
        Complete(command, host, async (run, cancel) =>
        {
            string text;
            try
            {
                text = await File.ReadAllTextAsync(run.Value(file), cancel);
            }
            catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
            {
                return run.Output.Fail(Problems.Unreadable(run.Value(file), trouble.Message));
            }
            return Print(run, await run.Client.SendTextAsync(
                HttpMethod.Post, "v1/suppressions/import" + Query(("kind", run.Parsed.GetValue(kind))), text,
                ApiJson.Default.SuppressionChangeResponse, cancel));
        });
        return command;
    }

    private static Command BuildExport(CliHost host)
    {
        var format = Text("--format", "csv (the default) or ndjson");
        var kind = Text("--kind", "Only this kind");
        var command = new Command("export", "Print the whole list") { format, kind };
        Complete(command, host, async (run, cancel) =>
        {
            var result = await run.Client.GetTextAsync(
                "v1/suppressions/export"
                + Query(("format", run.Parsed.GetValue(format)), ("kind", run.Parsed.GetValue(kind))), cancel);
            if (result is ApiResult<string>.Failed failed) return run.Output.Fail(failed.Problem);
            await host.Output.WriteAsync(((ApiResult<string>.Done)result).Value.AsMemory(), cancel);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command BuildUndo(CliHost host)
    {
        var provider = new Option<string>("--provider")
        {
            Description = "Who received, such as gmail",
            Required = true,
        };
        var from = new Option<DateTimeOffset>("--from")
        {
            Description = "Bounced at this time or later",
            Required = true,
        };
        var to = new Option<DateTimeOffset>("--to") { Description = "Bounced before this time", Required = true };
        var command = new Command("undo", "Take back what bounces of a provider's bad day did") { provider, from, to };
        Complete(command, host, async (run, cancel) => Print(run, await run.Client.SendAsync(
            HttpMethod.Post, "v1/suppressions/undo",
            (new UndoSuppressionsRequest
            {
                Provider = run.Parsed.GetValue(provider)!, // required: never null here
                From = run.Parsed.GetValue(from),
                To = run.Parsed.GetValue(to),
            }, ApiJson.Default.UndoSuppressionsRequest),
            ApiJson.Default.SuppressionChangeResponse, cancel)));
        return command;
    }

    private static void Complete(
        Command command, CliHost host, Func<ApiCommand, CancellationToken, Task<int>> run)
    {
        var account = Text("--account", "Whose list (the operator's: that of the whole installation)");
        command.Options.Add(account);
        new ApiOptions().Complete(
            command, host, (target, parsed) => target with { Account = parsed.GetValue(account) }, run);
    }

    private static int Print(ApiCommand run, ApiResult<SuppressionChangeResponse> result) => run.Output.Print(
        result, ApiJson.Default.SuppressionChangeResponse, change =>
        {
            run.Output.PrintLine($"{change.Added} added, {change.Removed} removed, {change.Rejected} not read");
            foreach (var error in change.Errors) run.Output.Say(error.Detail);
        });

    private static string Query(params (string Name, string? Value)[] parts)
    {
        var given = parts.Where(part => part.Value is not null)
            .Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}"); // null was sorted out
        var text = string.Join('&', given);
        return text.Length > 0 ? "?" + text : "";
    }

    private static Option<string?> Text(string name, string description) => new(name) { Description = description };

    private static string Time(DateTimeOffset time) =>
        time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
