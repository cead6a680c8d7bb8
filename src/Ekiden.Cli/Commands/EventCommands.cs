using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Ekiden.Contracts;

namespace Ekiden.Cli.Commands;

/// <summary><c>ekiden events</c>: what became of whose mail.</summary>
internal static class EventCommands
{
    private static readonly (string, Func<JsonElement, string?>)[] Columns =
    [
        ("time", one => Text(one, "timestamp")), ("event", one => Text(one, "type")),
        ("recipient", one => Text(Data(one), "recipient")), ("message", one => Text(Data(one), "message_id")),
        ("reason", one => Text(Member(Data(one), "bounce"), "class")), ("reply", Reply),
    ];

    // The option, the parameter of the API, what it is.
    private static readonly (string Option, string Parameter, string Help)[] Conditions =
    [
        ("--recipient", "recipient", "The recipient's address"), ("--message", "message_id", "The message: msg_…"),
        ("--batch", "batch_id", "The batch: bat_…"), ("--type", "type", "The kind, such as delivered or bounced"),
        ("--domain", "recipient_domain", "The recipient's domain"), ("--provider", "provider", "Who receives"),
        ("--tag", "tag", "A tag of the message"), ("--stream", "stream", "The stream"),
        ("--reason", "reason", "What a failure is about, such as user_unknown"),
        ("--code", "smtp_code", "The reply code"), ("--account", "account", "The account's id"),
        ("--from", "from", "Not before this time"), ("--to", "to", "Before this time"),
        ("--order", "order", "desc: newest first (the default), or asc"), ("--limit", "limit", "At most so many (50)"),
        ("--cursor", "cursor", "Only those behind this event"),
    ];

    public static Command Build(CliHost host)
    {
        var command = new Command("events", "What happened: accepted, delivered, deferred, bounced and so on");
        var options = new List<(Option<string?> Option, string Parameter)>();
        foreach (var (name, parameter, help) in Conditions)
        {
            var option = new Option<string?>(name) { Description = help };
            command.Options.Add(option);
            options.Add((option, parameter));
        }
        var follow = new Option<bool>("--follow") { Description = "Show events as they happen, one JSON a line" };
        command.Options.Add(follow);
        new ApiOptions().Complete(command, host, async (run, cancel) =>
        {
            var query = QueryOf(run.Parsed, options);
            if (run.Parsed.GetValue(follow))
            {
                return run.Output.Fail(await run.Client.FollowAsync(
                    "v1/events/stream" + query, host.Output.WriteLine, cancel));
            }
            return run.Output.PrintAll(
                await run.Client.GetAsync("v1/events" + query, ApiJson.Default.PageJsonElement, cancel),
                ApiJson.Default.JsonElement, Columns);
        });
        return command;
    }

    private static string QueryOf(ParseResult parsed, List<(Option<string?> Option, string Parameter)> options)
    {
        var parts = options
            .Select(entry => (entry.Parameter, Value: parsed.GetValue(entry.Option)))
            .Where(entry => entry.Value is not null)
            .Select(entry => $"{entry.Parameter}={Uri.EscapeDataString(entry.Value!)}") // null was sorted out above
            .ToList();
        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
    }

    private static JsonElement? Data(JsonElement one) => Member(one, "data");

    private static JsonElement? Member(JsonElement? one, string name) =>
        one is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var member)
            ? member
            : null;

    private static string? Text(JsonElement? one, string name) =>
        Member(one, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static string? Reply(JsonElement one)
    {
        var smtp = Member(Data(one), "smtp");
        return Text(smtp, "text") ?? (Member(smtp, "code") is { } code
            ? code.GetRawText().ToString(CultureInfo.InvariantCulture) : null);
    }
}
