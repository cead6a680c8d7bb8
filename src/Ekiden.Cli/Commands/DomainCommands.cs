using System.CommandLine;
using Ekiden.Contracts;

namespace Ekiden.Cli.Commands;

/// <summary><c>ekiden domain</c>: what accounts send from.</summary>
internal static class DomainCommands
{
    private static readonly (string, Func<DnsRecordResponse, string?>)[] Columns =
        [("type", record => record.Type), ("name", record => record.Name), ("value", record => record.Value)];

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
        var command = new Command("domain", "Sender domains: what accounts send from");
        command.Subcommands.Add(add);
        return command;
    }
}
