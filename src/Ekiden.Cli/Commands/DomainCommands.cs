using System.CommandLine;
using System.Globalization;
using Ekiden.Cli.Api;
using Ekiden.Contracts;

namespace Ekiden.Cli.Commands;

/// <summary><c>ekiden domain</c>: what accounts send from.</summary>
internal static class DomainCommands
{
    private static readonly (string, Func<DnsRecordResponse, string?>)[] Columns =
        [("type", record => record.Type), ("name", record => record.Name), ("value", record => record.Value)];

    private static readonly (string, Func<DomainKeyResponse, string?>)[] KeyColumns =
    [
        ("selector", key => key.Selector), ("algorithm", key => key.Algorithm), ("status", key => key.Status),
        ("seen in dns", key => key.PublishedAt?.ToString("u", CultureInfo.InvariantCulture)),
    ];

    private static readonly (string, Func<DomainCheckResponse, string?>)[] CheckColumns =
    [
        ("status", check => check.Status), ("check", check => check.Check), ("subject", check => check.Subject),
        ("detail", check => check.Detail), ("to do", check => check.Fix),
    ];

    private static readonly (string, Func<ProviderRuleResponse, string?>)[] RuleColumns =
    [
        ("status", rule => rule.Status), ("receiver", rule => rule.Provider), ("asks for", rule => rule.Rule),
        ("why", rule => rule.Why),
    ];

    public static Command Build(CliHost host)
    {
        var account = new Argument<string>("ACCOUNT") { Description = "Name or id" };
        var domain = new Argument<string>("DOMAIN") { Description = "Covers its sub-domains too" };
        var trust = new Option<bool>("--trust") { Description = "Vouch for it: mail from it is accepted at once" };
        var add = new Command("add", "Let an account send from a domain") { account, domain, trust };
        new ApiOptions().Complete(add, host, async (run, cancel) =>
        {
            var request = new AddDomainRequest
            {
                Account = run.Value(account),
                Domain = run.Value(domain),
                Trust = run.Parsed.GetValue(trust),
            };
            var added = await run.Client.SendAsync(
                HttpMethod.Post, "v1/domains", (request, ApiJson.Default.AddDomainRequest),
                ApiJson.Default.DomainResponse, cancel);
            return run.Output.Print(added, ApiJson.Default.DomainResponse, value =>
            {
                run.Output.PrintLine(
                    value.Verified ? $"{value.Domain} is ready" : $"{value.Domain} is not verified yet");
                run.Output.PrintTable(value.Records, Columns);
            });
        });
        var command = new Command("domain", "Sender domains: what accounts send from, and how it is signed");
        command.Subcommands.Add(add);
        command.Subcommands.Add(BuildList(host));
        command.Subcommands.Add(BuildShow(host));
        command.Subcommands.Add(BuildVerify(host));
        command.Subcommands.Add(BuildCheck(host));
        command.Subcommands.Add(DomainKeyCommands.BuildRotate(host));
        command.Subcommands.Add(DomainKeyCommands.BuildImport(host));
        return command;
    }

    private static Command BuildList(CliHost host)
    {
        var list = new Command("list", "All sender domains");
        new ApiOptions().Complete(list, host, async (run, cancel) => run.Output.PrintAll(
            await run.Client.GetAsync("v1/domains", ApiJson.Default.PageDomainDetailResponse, cancel),
            ApiJson.Default.DomainDetailResponse,
            [
                ("domain", domain => domain.Domain), ("account", domain => domain.Account),
                ("status", domain => domain.Status),
                ("signs with", domain => string.Join(' ', domain.Keys.Where(key => key.Status == "active")
                    .Select(key => key.Selector))),
            ]));
        return list;
    }

    private static Command BuildShow(CliHost host)
    {
        var domain = NewDomainArgument();
        var show = new Command("show", "Its keys, and the DNS records to publish") { domain };
        new ApiOptions().Complete(show, host, async (run, cancel) =>
            PrintDetail(run, await run.Client.GetAsync(
                PathOf(run, domain), ApiJson.Default.DomainDetailResponse, cancel)));
        return show;
    }

    private static Command BuildVerify(CliHost host)
    {
        var domain = NewDomainArgument();
        var verify = new Command("verify", "Look for its keys in DNS now; keys that are there sign") { domain };
        new ApiOptions().Complete(verify, host, async (run, cancel) =>
            PrintDetail(run, await run.Client.PostAsync(
                PathOf(run, domain) + "/verify", ApiJson.Default.DomainDetailResponse, cancel)));
        return verify;
    }

    private static Command BuildCheck(CliHost host)
    {
        var domain = NewDomainArgument();
        var check = new Command("check", "SPF, DKIM, DMARC, MX, PTR and what large receivers ask for") { domain };
        new ApiOptions().Complete(check, host, async (run, cancel) =>
        {
            var report = await run.Client.GetAsync(
                PathOf(run, domain) + "/health", ApiJson.Default.DomainHealthResponse, cancel);
            return run.Output.Print(report, ApiJson.Default.DomainHealthResponse, value =>
            {
                run.Output.PrintTable(value.Checks, CheckColumns);
                run.Output.PrintLine("");
                run.Output.PrintTable(value.Rules, RuleColumns);
            });
        });
        return check;
    }

    internal static Argument<string> NewDomainArgument() => new("DOMAIN") { Description = "As it was added" };

    internal static string PathOf(ApiCommand run, Argument<string> domain) =>
        "v1/domains/" + Uri.EscapeDataString(run.Value(domain));

    internal static int PrintDetail(ApiCommand run, ApiResult<DomainDetailResponse> result) =>
        run.Output.Print(result, ApiJson.Default.DomainDetailResponse, value =>
        {
            run.Output.PrintLine($"{value.Domain} is {value.Status}");
            run.Output.PrintTable(value.Keys, KeyColumns);
            run.Output.PrintLine("");
            run.Output.PrintTable(value.Records, Columns);
        });
}
