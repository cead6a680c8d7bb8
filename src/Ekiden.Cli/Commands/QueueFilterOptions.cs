using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Ekiden.Contracts;

namespace Ekiden.Cli.Commands;

/// <summary>
/// FILTER of DESIGN §9.1: which recipients a queue command is about. Several conditions must all hold.
/// </summary>
internal sealed class QueueFilterOptions
{
    private readonly Option<bool> _all = new("--all") { Description = "Every recipient" };
    private readonly Option<string?> _id = new("--id") { Description = "Of this message", HelpName = "ID" };
    private readonly Option<string?> _account = new("--account")
    {
        Description = "Of this account",
        HelpName = "ACCOUNT",
    };
    private readonly Option<string?> _stream = new("--stream") { Description = "In this stream", HelpName = "STREAM" };
    private readonly Option<string?> _domain = new("--domain") { Description = "At this domain", HelpName = "DOMAIN" };
    private readonly Option<string?> _recipient = new("--recipient")
    {
        Description = "This address",
        HelpName = "ADDRESS",
    };

    private readonly Option<TimeSpan?> _olderThan = new("--older-than")
    {
        Description = "Accepted longer ago: 30s, 5m, 1h, 2d",
        HelpName = "DURATION",
        CustomParser = ReadDuration,
    };

    private readonly Option<string?> _reason = new("--reason")
    {
        Description = "Deferred for this reason",
        HelpName = "WORD",
    };

    private Option[] Conditions => [_all, _id, _account, _stream, _domain, _recipient, _olderThan, _reason];

    /// <summary>Adds the options.</summary>
    /// <param name="isRequired">At least one must be given: a slip of the finger changes nothing.</param>
    public void AddTo(Command command, bool isRequired)
    {
        foreach (var option in Conditions) command.Options.Add(option);
        if (!isRequired) return;
        command.Validators.Add(result =>
        {
            if (Conditions.All(option => result.GetResult(option) is null))
                result.AddError("Say which recipients: --all, or at least one condition.");
        });
    }

    /// <summary>What was typed.</summary>
    public QueueFilter Read(ParseResult parsed) => new()
    {
        All = parsed.GetValue(_all),
        Id = parsed.GetValue(_id),
        Account = parsed.GetValue(_account),
        Stream = parsed.GetValue(_stream),
        Domain = parsed.GetValue(_domain),
        Recipient = parsed.GetValue(_recipient),
        OlderThanSeconds = (long?)parsed.GetValue(_olderThan)?.TotalSeconds,
        Reason = parsed.GetValue(_reason),
    };

    /// <summary>The same as a query string, with its question mark; empty without conditions.</summary>
    public static string ToQuery(QueueFilter filter, int? limit)
    {
        (string Name, string? Value)[] parts =
        [
            ("id", filter.Id), ("account", filter.Account), ("stream", filter.Stream), ("domain", filter.Domain),
            ("recipient", filter.Recipient), ("reason", filter.Reason),
            ("older_than_seconds", filter.OlderThanSeconds?.ToString(CultureInfo.InvariantCulture)),
            ("limit", limit?.ToString(CultureInfo.InvariantCulture)),
        ];
        var set = parts.Where(part => part.Value is not null).Select(
            part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}");
        var query = string.Join('&', set);
        return query.Length == 0 ? "" : "?" + query;
    }

    private static TimeSpan? ReadDuration(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        TimeSpan? unit = text.Length == 0 ? null : text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };
        var digits = text.AsSpan(0, Math.Max(0, text.Length - 1));
        var isNumber = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count);
        if (unit is not null && isNumber && count <= TimeSpan.FromDays(3650) / unit) return count * unit;
        argument.AddError($"Expected a duration such as 30s, 5m, 1h or 2d; not {text}.");
        return null;
    }
}
