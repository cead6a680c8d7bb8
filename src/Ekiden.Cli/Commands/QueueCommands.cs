using System.CommandLine;
using System.Globalization;
using Ekiden.Contracts;

namespace Ekiden.Cli.Commands;

/// <summary><c>ekiden queue</c>: what waits, why, and what to do about it.</summary>
internal static class QueueCommands
{
    private static readonly (string, Func<QueuedRecipientResponse, string?>)[] Columns =
    [
        ("message", item => item.MessageId), ("recipient", item => item.Recipient), ("state", item => item.State),
        ("due", item => Time(item.Due)), ("attempts", item => item.Attempts.ToString(CultureInfo.InvariantCulture)),
        ("age", item => Age(item.AgeSeconds)), ("reason", item => item.LastReason),
        ("last reply", item => item.LastReply),
    ];

    private static readonly (string, Func<QueuedRecipientResponse, string?>)[] Reasons =
    [
        ("recipient", item => item.Recipient), ("state", item => item.State), ("waits for", item => item.Wait?.Limit),
        ("since", item => item.Wait?.Since is { } since ? Time(since) : null),
        ("until", item => item.Wait?.Until is { } until ? Time(until) : null), ("site", item => item.Wait?.Site),
        ("source", item => item.Wait?.Source), ("because", item => item.Wait?.Why),
    ];

    public static Command Build(CliHost host)
    {
        var queue = new Command("queue", "The queue: how much waits (the same as queue summary)");
        CompleteSummary(queue, host);
        var summary = new Command("summary", "How much waits");
        CompleteSummary(summary, host);
        queue.Subcommands.Add(summary);
        queue.Subcommands.Add(BuildList(host));
        queue.Subcommands.Add(BuildShow(host));
        queue.Subcommands.Add(BuildExplain(host));
        queue.Subcommands.Add(BuildChange(host, "retry", "Try again at once"));
        queue.Subcommands.Add(BuildChange(host, "cancel", "Give up without a notice"));
        queue.Subcommands.Add(BuildChange(host, "hold", "Keep, and do not try until released"));
        queue.Subcommands.Add(BuildChange(host, "release", "Let held recipients go on"));
        return queue;
    }

    private static void CompleteSummary(Command command, CliHost host) =>
        new ApiOptions().Complete(command, host, async (run, cancel) => run.Output.Print(
            await run.Client.GetAsync("v1/queue/summary", ApiJson.Default.QueueSummary, cancel),
            ApiJson.Default.QueueSummary,
            summary =>
                run.Output.PrintTable(Lines(summary), [("recipients", line => line.Name), ("", line => line.Value)])));

    private static Command BuildList(CliHost host)
    {
        var filter = new QueueFilterOptions();
        var limit = new Option<int?>("--limit") { Description = "At most so many, up to 1000 (50)", HelpName = "N" };
        var command = new Command("list", "Show recipients in the queue") { limit };
        filter.AddTo(command, isRequired: false);
        new ApiOptions().Complete(command, host, async (run, cancel) => run.Output.PrintAll(
            await run.Client.GetAsync(
                "v1/queue" + QueueFilterOptions.ToQuery(filter.Read(run.Parsed), run.Parsed.GetValue(limit)),
                ApiJson.Default.PageQueuedRecipientResponse, cancel),
            ApiJson.Default.QueuedRecipientResponse, Columns));
        return command;
    }

    private static Command BuildShow(CliHost host)
    {
        var id = new Argument<string>("ID") { Description = "A message: msg_…" };
        var command = new Command("show", "Show one message and why it waits") { id };
        new ApiOptions().Complete(command, host, async (run, cancel) => run.Output.Print(
            await run.Client.GetAsync(
                $"v1/messages/{Uri.EscapeDataString(run.Value(id))}", ApiJson.Default.MessageResponse, cancel),
            ApiJson.Default.MessageResponse,
            message =>
            {
                run.Output.PrintTable(
                    Lines(message), [("message", line => line.Name), (message.Id, line => line.Value)]);
                run.Output.PrintLine("");
                run.Output.PrintTable(message.Recipients, Columns[1..]);
            }));
        return command;
    }

    private static Command BuildExplain(CliHost host)
    {
        var id = new Argument<string>("ID") { Description = "A message: msg_…" };
        var command = new Command("explain", "Show which limit a message waits for, and what set it") { id };
        new ApiOptions().Complete(command, host, async (run, cancel) => run.Output.Print(
            await run.Client.GetAsync(
                $"v1/messages/{Uri.EscapeDataString(run.Value(id))}", ApiJson.Default.MessageResponse, cancel),
            ApiJson.Default.MessageResponse, message => run.Output.PrintTable(message.Recipients, Reasons)));
        return command;
    }

    private static Command BuildChange(CliHost host, string verb, string description)
    {
        var filter = new QueueFilterOptions();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only count" };
        var command = new Command(verb, description) { dryRun };
        filter.AddTo(command, isRequired: true);
        new ApiOptions().Complete(command, host, async (run, cancel) =>
        {
            var request =
                new QueueChangeRequest { Filter = filter.Read(run.Parsed), DryRun = run.Parsed.GetValue(dryRun) };
            var changed = await run.Client.SendAsync(
                HttpMethod.Post, $"v1/queue/{verb}", (request, ApiJson.Default.QueueChangeRequest),
                ApiJson.Default.QueueChangeResponse, cancel);
            return run.Output.Print(changed, ApiJson.Default.QueueChangeResponse, counts => run.Output.PrintLine(
                counts.DryRun
                    ? $"{verb}: {counts.Matched} would be changed"
                    : $"{verb}: {counts.Changed} of {counts.Matched} changed"));
        });
        return command;
    }

    private static List<Line> Lines(QueueSummary summary)
    {
        List<Line> lines =
        [
            new("waiting", Number(summary.Waiting)), new("active", Number(summary.Active)),
            new("deferred", Number(summary.Deferred)), new("held", Number(summary.Held)),
            new("oldest", Age(summary.OldestSeconds)),
        ];
        lines.AddRange(summary.ByStream.OrderByDescending(entry => entry.Value)
            .Select(entry => new Line($"stream {entry.Key}", Number(entry.Value))));
        lines.AddRange(summary.ByProvider.OrderByDescending(entry => entry.Value)
            .Select(entry => new Line($"to {entry.Key}", Number(entry.Value))));
        return lines;
    }

    private static List<Line> Lines(MessageResponse message) =>
    [
        new("from", message.From ?? "<>"), new("account", message.Account), new("stream", message.Stream),
        new("accepted", Time(message.AcceptedAt)), new("expires", Time(message.ExpiresAt)),
    ];

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) =>
        time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Age(long seconds) => seconds switch
    {
        < 120 => $"{seconds}s",
        < 7_200 => $"{seconds / 60}m",
        < 172_800 => $"{seconds / 3_600}h",
        _ => $"{seconds / 86_400}d",
    };

    private sealed record Line(string Name, string Value);
}
