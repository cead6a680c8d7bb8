using System.CommandLine;
using Ekiden.Cli.Api;
using Ekiden.Contracts;

namespace Ekiden.Cli.Commands;

/// <summary><c>ekiden domain rotate</c> and <c>import</c>: the DKIM keys of a sender domain.</summary>
internal static class DomainKeyCommands
{
    public static Command BuildRotate(CliHost host)
    {
        var domain = DomainCommands.NewDomainArgument();
        var trust = new Option<bool>("--trust") { Description = "The new keys sign at once: they are published" };
        var rotate = new Command("rotate", "Make new DKIM keys; they sign an hour after they are seen in DNS")
        {
            domain, trust,
        };
        new ApiOptions().Complete(rotate, host, async (run, cancel) =>
        {
            var request = new RotateDomainKeysRequest { Trust = run.Parsed.GetValue(trust) };
            return DomainCommands.PrintDetail(run, await run.Client.SendAsync(
                HttpMethod.Post, DomainCommands.PathOf(run, domain) + "/dkim/rotate",
                (request, ApiJson.Default.RotateDomainKeysRequest), ApiJson.Default.DomainDetailResponse, cancel));
        });
        return rotate;
    }

    public static Command BuildImport(CliHost host)
    {
        var domain = DomainCommands.NewDomainArgument();
        var selector = new Argument<string>("SELECTOR") { Description = "Where its public half is published" };
        var file = new Argument<FileInfo>("FILE") { Description = "The private key: PEM, or Ed25519 in base64" };
        var trust = new Option<bool>("--trust") { Description = "It signs at once, whatever DNS says" };
        var import = new Command("import", "Take over a DKIM key that is in use elsewhere")
        {
            domain, selector, file, trust,
        };
        new ApiOptions().Complete(import, host, async (run, cancel) =>
        {
            var (text, problem) = await ReadAsync(run.Parsed.GetRequiredValue(file), cancel);
            if (text is null) return run.Output.Fail(problem!); // exactly one of the two
            var request = new ImportDomainKeyRequest
            {
                Selector = run.Value(selector),
                PrivateKey = text,
                Trust = run.Parsed.GetValue(trust),
            };
            return DomainCommands.PrintDetail(run, await run.Client.SendAsync(
                HttpMethod.Post, DomainCommands.PathOf(run, domain) + "/dkim",
                (request, ApiJson.Default.ImportDomainKeyRequest), ApiJson.Default.DomainDetailResponse, cancel));
        });
        return import;
    }

    private static async Task<(string? Text, Problem? Problem)> ReadAsync(FileInfo file, CancellationToken cancel)
    {
        try
        {
            return (await File.ReadAllTextAsync(file.FullName, cancel), null);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return (null, Problems.Unreadable(file.FullName, trouble.Message));
        }
    }
}
