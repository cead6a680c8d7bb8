using System.CommandLine;
using Ekiden.Cli.Api;

namespace Ekiden.Cli.Commands;

/// <summary><c>ekiden init DIR</c>: a settings file to start from. Asks nothing, overwrites nothing.</summary>
internal static class InitCommand
{
    private const string FileName = "ekiden.toml";

    public static Command Build(CliHost host)
    {
        var folder = new Argument<string>("DIR") { Description = "Made when it is missing" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("init", $"Write a commented {FileName}") { folder, json };
        command.SetAction((parsed, cancel) =>
            WriteAsync(host, Path.GetFullPath(parsed.GetValue(folder)!), parsed.GetValue(json), cancel)); // required
        return command;
    }

    private static async Task<int> WriteAsync(CliHost host, string folder, bool isJson, CancellationToken cancel)
    {
        var output = new CommandOutput(host, isJson);
        var path = Path.Combine(folder, FileName);
        try
        {
            Directory.CreateDirectory(folder);
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            await using var writer = new StreamWriter(file);
            await writer.WriteAsync(
                Template.Replace("{host_name}", HostName(), StringComparison.Ordinal).AsMemory(), cancel);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return output.Fail(Problems.Unreadable(path, trouble.Message));
        }
        if (isJson) output.PrintJson(new InitResponse(path), CliJson.Default.InitResponse);
        else output.PrintLine($"{path} is written. Next: ekiden serve --config {path}");
        return ExitCodes.Done;
    }

    private static string HostName()
    {
        var name = Environment.MachineName.ToLowerInvariant();
        return Uri.CheckHostName(name) == UriHostNameType.Dns ? name : "localhost";
    }

    private const string Template = """
        # Ekiden's settings: the facts of this machine. Accounts, keys and domains are made with `ekiden account`,
        # `ekiden key` and `ekiden domain` while the server runs. `ekiden config check` says what is wrong here; after a
        # change: kill -HUP. Every key is also an environment variable, EKIDEN__SECTION__KEY. A secret may be a file:
        # "file:/path".

        [server]
        # The name in EHLO and Received. It must be the one that the address's PTR record has.
        host_name = "{host_name}"
        # Queue, accounts and the operator's token. Relative to this file.
        data_directory = "data"
        # accept_volatile_storage = false   # true: data_directory may be on tmpfs or NFS, where mail may be lost
        # received = "full"                 # minimal: Received does not tell who handed the mail in

        # Applications sign in here, with a key of `ekiden key add`. On a server: address = "0.0.0.0:587".
        [[listener]]
        name = "submission"
        address = "127.0.0.1:2587"
        role = "submission"                 # submission | relay | inbound | links
        tls = "starttls"                    # starttls | implicit | none

        # Programs of this machine hand in mail here without signing in. Widen `allow` to trusted networks only.
        [[listener]]
        name = "relay"
        address = "127.0.0.1:2525"
        role = "relay"
        tls = "none"
        allow = ["127.0.0.1/32"]

        # Mail for our own domains ([local]) and bounces. Needs port 25.
        # [[listener]]
        # name = "inbound"
        # address = "0.0.0.0:25"
        # role = "inbound"
        # tls = "starttls"

        [http]
        # API, metrics, health. Reachable from outside only with `certificate` and `key`, or behind a proxy.
        address = "127.0.0.1:8025"

        # [tls]                             # without it a self-signed certificate is made
        # certificate = "file:/etc/ekiden/fullchain.pem"
        # key = "file:/etc/ekiden/privkey.pem"

        # [dns]                             # without it the system's name servers are asked
        # servers = ["127.0.0.1:53"]

        # [[egress]]                        # without it mail leaves from the system's default address
        # name = "ip-1"
        # address = "203.0.113.10"
        # host_name = "out1.example.jp"

        # [[route]]                         # before MX; the first that matches wins
        # match = "*.corp.example"          # a domain, "*.domain" for those below it, "*" for all
        # hosts = ["10.0.0.5:25"]
        # tls = "opportunistic"             # none | opportunistic | required | verified
        # username = "smarthost-user"       # signs in; needs tls = "verified"
        # password = "file:/etc/ekiden/smarthost.password"

        # [local]                           # the domains that inbound listeners take mail for
        # domains = ["example.jp"]
        # recipients = ["info"]             # postmaster is always there

        # [bounce]
        # domain = "bounce.example.jp"      # signed return paths; its MX leads to this host
        # smtp_return_path = "keep"         # keep | rewrite: mail of the API gets one anyway
        # language = "both"                 # of our notices: en | ja | both

        # [delivery]
        # lifetime = "5d"
        # retry = ["5m", "10m", "20m", "40m", "67m"]

        # [limits]
        # max_message = "25MiB"
        # max_recipients = 1000

        """;
}
