using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Ekiden.Cli.Api;
using Ekiden.Contracts;

namespace Ekiden.Cli.Commands;

/// <summary><c>ekiden account</c>: whose mail it is.</summary>
internal static class AccountCommands
{
    private static readonly (string, Func<AccountResponse, string?>)[] Columns =
    [
        ("id", account => account.Id), ("name", account => account.Name), ("status", account => account.Status),
        ("daily", account => Number(account.Quota.PerDay)), ("hourly", account => Number(account.Quota.PerHour)),
        ("rate", account => account.Quota.PerSecond is { } rate ? $"{Number(rate)}/s" : null),
    ];

    public static Command Build(CliHost host)
    {
        var account = new Command("account", "Accounts: whose mail it is");
        account.Subcommands.Add(BuildAdd(host));
        account.Subcommands.Add(BuildList(host));
        account.Subcommands.Add(BuildSetStatus(host, "suspend", "suspended", "Let no key of an account sign in"));
        account.Subcommands.Add(BuildSetStatus(host, "resume", "active", "Let a suspended account send again"));
        account.Subcommands.Add(BuildQuota(host));
        return account;
    }

    private static Command BuildAdd(CliHost host)
    {
        var name = new Argument<string>("NAME") { Description = "1 to 64 characters, unique" };
        var command = new Command("add", "Make an account") { name };
        new ApiOptions().Complete(command, host, async (run, cancel) => run.Output.Print(
            await run.Client.SendAsync(
                HttpMethod.Post, "v1/accounts",
                (new AddAccountRequest { Name = run.Value(name) }, ApiJson.Default.AddAccountRequest),
                ApiJson.Default.AccountResponse, cancel),
            ApiJson.Default.AccountResponse,
            account => run.Output.PrintLine(account.Id)));
        return command;
    }

    private static Command BuildList(CliHost host)
    {
        var command = new Command("list", "Show every account");
        new ApiOptions().Complete(command, host, async (run, cancel) => run.Output.PrintAll(
            await run.Client.GetAsync("v1/accounts", ApiJson.Default.PageAccountResponse, cancel),
            ApiJson.Default.AccountResponse, Columns));
        return command;
    }

    private static Command BuildSetStatus(CliHost host, string verb, string status, string description)
    {
        var account = new Argument<string>("ACCOUNT") { Description = "Name or id" };
        var command = new Command(verb, description) { account };
        new ApiOptions().Complete(command, host, async (run, cancel) => run.Output.Print(
            await run.Client.SendAsync(
                HttpMethod.Patch, $"v1/accounts/{Uri.EscapeDataString(run.Value(account))}",
                (new SetAccountStatusRequest { Status = status }, ApiJson.Default.SetAccountStatusRequest),
                ApiJson.Default.AccountResponse, cancel),
            ApiJson.Default.AccountResponse,
            changed => run.Output.PrintLine($"{changed.Id} is {changed.Status}")));
        return command;
    }

    private static Command BuildQuota(CliHost host)
    {
        var account = new Argument<string>("ACCOUNT") { Description = "Name or id" };
        var daily = new Option<QuotaValue?>("--daily")
        {
            Description = "Messages a UTC day, or none",
            HelpName = "N",
            CustomParser = ReadCount,
        };
        var hourly = new Option<QuotaValue?>("--hourly")
        {
            Description = "Messages an hour, or none",
            HelpName = "N",
            CustomParser = ReadCount,
        };
        var rate = new Option<QuotaValue?>("--rate")
        {
            Description = "Messages a second, or none",
            HelpName = "N/s",
            CustomParser = ReadRate,
        };
        var command = new Command("quota", "Limit how much an account may hand in; what is not named stays")
        {
            account, daily, hourly, rate,
        };
        command.Validators.Add(result =>
        {
            if (new Option[] { daily, hourly, rate }.All(option => result.GetResult(option) is null))
                result.AddError("Say which quota: --daily, --hourly or --rate.");
        });
        new ApiOptions().Complete(command, host, async (run, cancel) =>
        {
            var name = run.Value(account);
            var found = await FindAsync(run.Client, name, cancel);
            if (found is ApiResult<AccountResponse>.Failed failed) return run.Output.Fail(failed.Problem);
            var now = ((ApiResult<AccountResponse>.Done)found).Value.Quota;
            var quota = new SetQuotaRequest
            {
                PerDay = run.Parsed.GetValue(daily) is { } perDay ? (long?)perDay.Number : now.PerDay,
                PerHour = run.Parsed.GetValue(hourly) is { } perHour ? (long?)perHour.Number : now.PerHour,
                PerSecond = run.Parsed.GetValue(rate) is { } perSecond ? perSecond.Number : now.PerSecond,
            };
            var changed = await run.Client.SendAsync(
                HttpMethod.Put, $"v1/accounts/{Uri.EscapeDataString(name)}/quota",
                (quota, ApiJson.Default.SetQuotaRequest),
                ApiJson.Default.AccountResponse, cancel);
            return run.Output.Print(
                changed, ApiJson.Default.AccountResponse, value => run.Output.PrintTable([value], Columns));
        });
        return command;
    }

    private static async Task<ApiResult<AccountResponse>> FindAsync(
        EkidenApiClient client, string nameOrId, CancellationToken cancel)
    {
        var all = await client.GetAsync("v1/accounts", ApiJson.Default.PageAccountResponse, cancel);
        if (all is ApiResult<Page<AccountResponse>>.Failed failed)
            return new ApiResult<AccountResponse>.Failed(failed.Problem);
        var found = ((ApiResult<Page<AccountResponse>>.Done)all).Value.Data.FirstOrDefault(account =>
            account.Id == nameOrId || account.Name.Equals(nameOrId, StringComparison.OrdinalIgnoreCase));
        if (found is not null) return new ApiResult<AccountResponse>.Done(found);
        return new ApiResult<AccountResponse>.Failed(new Problem
        {
            Title = "Not found",
            Status = 404,
            Code = "not_found",
            Detail = $"There is no account {nameOrId}",
        });
    }

    private static QuotaValue? ReadCount(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        if (text == "none") return new QuotaValue(null);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
            return new QuotaValue(count);
        argument.AddError($"Expected a number of messages over 0, or none; not {text}.");
        return null;
    }

    private static QuotaValue? ReadRate(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        if (text == "none") return new QuotaValue(null);
        var number = text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text;
        const NumberStyles Form = NumberStyles.AllowDecimalPoint;
        if (double.TryParse(number, Form, CultureInfo.InvariantCulture, out var rate) && rate > 0)
            return new QuotaValue(rate);
        argument.AddError($"Expected messages a second such as 10/s, or none; not {text}.");
        return null;
    }

    private static string? Number(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>A quota that was typed; null is none.</summary>
    private sealed record QuotaValue(double? Number);
}
