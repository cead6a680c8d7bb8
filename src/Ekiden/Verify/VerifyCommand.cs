using System.CommandLine;
using Ekiden.Cli;

namespace Ekiden.Verify;

/// <summary><c>ekiden verify</c>: what the checks of arriving mail say, without a server. DESIGN §9.1.</summary>
internal static class VerifyCommand
{
    public static Command Build(CliHost host) => new("verify", "Check who sent a message, as a receiving server does")
    {
        BuildSpf(host),
        BuildDkim(host),
        BuildArc(host),
        BuildMessage(host),
    };

    private static Command BuildSpf(CliHost host)
    {
        var client = new ClientOptions(isRequired: true);
        var common = new VerifyOptions();
        var command = new Command("spf", "May this client send with this domain?");
        client.AddTo(command);
        common.AddTo(command);
        command.SetAction((parsed, cancel) => common.RunAsync(host, parsed, async world =>
        {
            var verdict = await world.CheckSpfAsync(client.Read(parsed)!, cancel); // required
            return new VerifyReport(VerifyText.OfSpf(verdict), json => VerifyJson.WriteSpf(json, verdict));
        }));
        return command;
    }

    private static Command BuildDkim(CliHost host) => BuildOfFile(
        host, "dkim", "Are the signatures of this message right?", async (world, message, cancel) =>
        {
            var verdicts = await world.VerifyDkimAsync(message, cancel);
            return new VerifyReport(VerifyText.OfDkim(verdicts), json => VerifyJson.WriteDkim(json, verdicts));
        });

    private static Command BuildArc(CliHost host) => BuildOfFile(
        host, "arc", "Is the chain of those who passed this message on whole?", async (world, message, cancel) =>
        {
            var verdict = await world.VerifyArcAsync(message, cancel);
            return new VerifyReport(VerifyText.OfArc(verdict), json => VerifyJson.WriteArc(json, verdict));
        });

    private static Command BuildMessage(CliHost host)
    {
        var file = MessageFile.Argument();
        var client = new ClientOptions(isRequired: false);
        var common = new VerifyOptions();
        var command = new Command("message", "All of it, and is the author's domain confirmed (DMARC)?") { file };
        client.AddTo(command);
        common.AddTo(command);
        command.SetAction((parsed, cancel) => common.RunAsync(host, parsed, async world =>
        {
            var message = await MessageFile.ReadAsync(host, parsed.GetRequiredValue(file), cancel);
            var findings = await world.VerifyAsync(message, client.Read(parsed), cancel);
            return new VerifyReport(VerifyText.Of(findings), json => VerifyJson.Write(json, findings));
        }));
        return command;
    }

    private static Command BuildOfFile(
        CliHost host, string name, string description,
        Func<VerifyWorld, byte[], CancellationToken, Task<VerifyReport>> verify)
    {
        var file = MessageFile.Argument();
        var common = new VerifyOptions();
        var command = new Command(name, description) { file };
        common.AddTo(command);
        command.SetAction((parsed, cancel) => common.RunAsync(host, parsed, async world =>
            await verify(world, await MessageFile.ReadAsync(host, parsed.GetRequiredValue(file), cancel), cancel)));
        return command;
    }
}
