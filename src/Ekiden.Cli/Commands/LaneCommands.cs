using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Ekiden.Cli.Api;
using Ekiden.Contracts;

namespace Ekiden.Cli.Commands;

/// <summary><c>ekiden lanes</c> and <c>ekiden lane</c>: what was learned of sites, and what is fixed.</summary>
internal static class LaneCommands
{
    private static readonly (string, Func<LaneResponse, string?>)[] Columns =
    [
        ("site", lane => lane.Site), ("source", lane => lane.Source), ("ready", lane => Text(lane.Ready)),
        ("connections", lane => $"{Text(lane.Connections.Working)}/{Text(lane.Limits.Connections)}"),
        ("messages a connection", lane => Text(lane.Limits.MessagesPerConnection)),
        ("a second", lane => Rate(lane.Limits.PerSecond)), ("pinned", lane => Pins(lane.Pins)),
        ("waits for", lane => lane.Wait?.Limit), ("until", lane => Time(lane.Wait?.Until)),
        ("because", Cause),
    ];

    private static readonly (string, Func<LaneChangeResponse, string?>)[] ChangeColumns =
    [
        ("when", change => Time(change.At)), ("what", change => change.What), ("from", change => Rate(change.From)),
        ("to", change => Rate(change.To)), ("because", change => change.Why),
    ];

    /// <summary><c>ekiden lanes</c>.</summary>
    public static Command BuildList(CliHost host)
    {
        var filter = new LaneFilter();
        var limit = new Option<int?>("--limit") { Description = "At most so many, up to 1000 (100)", HelpName = "N" };
        var command = new Command("lanes", "Show what was learned of receiving sites")
        {
            filter.SiteOption, filter.Source, limit,
        };
        new ApiOptions().Complete(command, host, async (run, cancel) => run.Output.PrintAll(
            await GetAsync(
                run, run.Parsed.GetValue(filter.SiteOption), run.Parsed.GetValue(filter.Source),
                run.Parsed.GetValue(limit), cancel),
            ApiJson.Default.LaneResponse, Columns));
        return command;
    }

    /// <summary><c>ekiden lane show</c>, <c>pin</c> and <c>reset</c>.</summary>
    public static Command Build(CliHost host)
    {
        var lane = new Command("lane", "One receiving site: what was learned, and why; pin or forget it");
        lane.Subcommands.Add(BuildShow(host));
        lane.Subcommands.Add(BuildPin(host));
        lane.Subcommands.Add(BuildChange(
            host, "unpin", "Let it learn again what was pinned", (run, path, cancel) =>
                run.Client.DeleteAsync(path + "pins", ApiJson.Default.PageLaneResponse, cancel)));
        lane.Subcommands.Add(BuildChange(
            host, "reset", "Forget what was learned and pinned", (run, path, cancel) =>
                run.Client.PostAsync(path + "reset", ApiJson.Default.PageLaneResponse, cancel)));
        return lane;
    }

    private static Command BuildShow(CliHost host)
    {
        var filter = new LaneFilter();
        var command = new Command("show", "Show what it keeps to, and what changed it")
        {
            filter.Site, filter.Source,
        };
        new ApiOptions().Complete(command, host, async (run, cancel) =>
        {
            var (lanes, problem) = await FindAsync(run, filter, cancel);
            if (lanes is null) return run.Output.Fail(problem!); // FindAsync returns exactly one of the two
            return Print(run, lanes, lane => PrintChanges(run.Output, lane));
        });
        return command;
    }

    private static Command BuildPin(CliHost host)
    {
        var filter = new LaneFilter();
        var connections = new Option<int?>("--connections") { Description = "Connections at once", HelpName = "N" };
        var messages = new Option<int?>("--messages") { Description = "Messages per connection", HelpName = "N" };
        var rate = new Option<double?>("--rate")
        {
            Description = "Messages a second",
            HelpName = "N/s",
            CustomParser = ReadRate,
        };
        var command = new Command("pin", "Keep to these numbers instead of learning; others are learned")
        {
            filter.Site, filter.Source, connections, messages, rate,
        };
        command.Validators.Add(result =>
        {
            if (new Option[] { connections, messages, rate }.All(option => result.GetResult(option) is null))
                result.AddError("Say what to pin: --connections, --messages or --rate.");
        });
        Complete(command, host, filter, (run, path, cancel) => run.Client.SendAsync(
            HttpMethod.Put, path + "pins",
            (new PinLaneRequest
            {
                Connections = run.Parsed.GetValue(connections),
                MessagesPerConnection = run.Parsed.GetValue(messages),
                PerSecond = run.Parsed.GetValue(rate),
            }, ApiJson.Default.PinLaneRequest),
            ApiJson.Default.PageLaneResponse, cancel));
        return command;
    }

    private static Command BuildChange(
        CliHost host, string verb, string description,
        Func<ApiCommand, string, CancellationToken, Task<ApiResult<Page<LaneResponse>>>> change)
    {
        var filter = new LaneFilter();
        var command = new Command(verb, description) { filter.Site, filter.Source };
        Complete(command, host, filter, change);
        return command;
    }

    private static void Complete(
        Command command, CliHost host, LaneFilter filter,
        Func<ApiCommand, string, CancellationToken, Task<ApiResult<Page<LaneResponse>>>> change) =>
        new ApiOptions().Complete(command, host, async (run, cancel) =>
        {
            var (lanes, problem) = await FindAsync(run, filter, cancel);
            if (lanes is null) return run.Output.Fail(problem!); // FindAsync returns exactly one of the two
            var changed = new List<LaneResponse>();
            foreach (var (source, site) in lanes.Select(lane => (lane.Source, lane.Site)).Distinct())
            {
                var path = $"v1/lanes/{Uri.EscapeDataString(source)}/{Uri.EscapeDataString(site)}/";
                var answer = await change(run, path, cancel);
                if (answer is ApiResult<Page<LaneResponse>>.Failed failed) return run.Output.Fail(failed.Problem);
                changed.AddRange(((ApiResult<Page<LaneResponse>>.Done)answer).Value.Data);
            }
            return Print(run, changed, null);
        });

    // A change goes to one site, by all the sources that are not excluded.
    private static async Task<(List<LaneResponse>? Lanes, Problem? Problem)> FindAsync(
        ApiCommand run, LaneFilter filter, CancellationToken cancel)
    {
        var site = run.Value(filter.Site);
        var result = await GetAsync(run, site, run.Parsed.GetValue(filter.Source), null, cancel);
        if (result is ApiResult<Page<LaneResponse>>.Failed failed) return (null, failed.Problem);
        var found = ((ApiResult<Page<LaneResponse>>.Done)result).Value.Data.ToList();
        if (found.Any(lane => lane.Site == site)) found.RemoveAll(lane => lane.Site != site);
        var sites = found.Select(lane => lane.Site).Distinct(StringComparer.Ordinal).ToList();
        return sites.Count switch
        {
            1 => (found, null),
            0 => (null, NotOne(404, "not_found", $"Nothing is known of {site}: `ekiden lanes` shows all")),
            _ => (null, NotOne(409, "ambiguous", $"{site} is several sites: {string.Join("; ", sites.Take(10))}")),
        };
    }

    private static Problem NotOne(int status, string code, string detail) =>
        new() { Title = "Not one site", Status = status, Code = code, Detail = detail };

    private static Task<ApiResult<Page<LaneResponse>>> GetAsync(
        ApiCommand run, string? site, string? source, int? limit, CancellationToken cancel)
    {
        var query = new List<string>();
        if (site is not null) query.Add("site=" + Uri.EscapeDataString(site));
        if (source is not null) query.Add("source=" + Uri.EscapeDataString(source));
        if (limit is not null) query.Add("limit=" + Text(limit));
        var path = query.Count == 0 ? "v1/lanes" : "v1/lanes?" + string.Join('&', query);
        return run.Client.GetAsync(path, ApiJson.Default.PageLaneResponse, cancel);
    }

    private static int Print(ApiCommand run, IReadOnlyList<LaneResponse> lanes, Action<LaneResponse>? details) =>
        run.Output.PrintAll(
            new ApiResult<Page<LaneResponse>>.Done(new Page<LaneResponse>(lanes, null, false)),
            ApiJson.Default.LaneResponse, Columns, details);

    private static void PrintChanges(CommandOutput output, LaneResponse lane)
    {
        output.PrintLine("");
        output.PrintTable(lane.Changes.Reverse().ToList(), ChangeColumns);
        foreach (var scope in lane.Scopes)
        {
            output.PrintLine($"{scope.Scope}: {Rate(scope.PerSecond)}");
            output.PrintTable(scope.Changes.Reverse().ToList(), ChangeColumns);
        }
    }

    private static double? ReadRate(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        var number = text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text;
        const NumberStyles Form = NumberStyles.AllowDecimalPoint;
        if (double.TryParse(number, Form, CultureInfo.InvariantCulture, out var rate) && rate > 0) return rate;
        argument.AddError($"Expected messages a second such as 10/s; not {text}.");
        return null;
    }

    private static string? Cause(LaneResponse lane)
    {
        if (lane.Wait is { Why.Length: > 0 } wait) return wait.Why;
        return lane.Changes is [.., var last] ? last.Why : null;
    }

    private static string? Pins(LaneNumbers pins)
    {
        var parts = new List<string>();
        if (pins.Connections is { } connections) parts.Add($"{Text(connections)} connections");
        if (pins.MessagesPerConnection is { } messages) parts.Add($"{Text(messages)} messages");
        if (pins.PerSecond is { } rate) parts.Add($"{Rate(rate)} a second");
        return parts.Count == 0 ? null : string.Join(", ", parts);
    }

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Rate(double? number) => number?.ToString("0.##", CultureInfo.InvariantCulture);

    private static string? Time(DateTimeOffset? time) =>
        time?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Which lanes.</summary>
    private sealed class LaneFilter
    {
        public Argument<string> Site { get; } = new("SITE")
        {
            Description = "A site, a host of it, a domain whose mail waits for it, or a provider",
        };

        public Option<string?> SiteOption { get; } = new("--site")
        {
            Description = "Only this site, or those with such a host, domain or provider",
            HelpName = "SITE",
        };

        public Option<string?> Source { get; } = new("--source")
        {
            Description = "Only from this [[egress]]",
            HelpName = "NAME",
        };
    }
}
