using System.Net;
using Ekiden.Contracts;

namespace Ekiden.Cli.Api;

/// <summary>
/// Where the API is, and what opens it: <c>--api</c> and a key, or the settings and the files beside the data.
/// </summary>
internal sealed class ServerConnection(CliHost host)
{
    private const string KeyVariable = "EKIDEN_KEY";
    private const string TokenFile = "admin.token";
    private const string AddressFile = "http.address";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    /// <summary>A client, or why there is none.</summary>
    /// <param name="target">What the command line says.</param>
    public (EkidenApiClient? Client, Problem? Problem) Open(ApiTarget target)
    {
        if (target.Api is { } api)
        {
            var key = target.Key ?? host.Variable(KeyVariable);
            return key is null
                ? (null, Problems.NoToken($"--api needs --key, or the environment variable {KeyVariable}"))
                : (Connect(api, key, target), null);
        }
        return host.FindServer(target.Config) switch
        {
            ServerSearch.Found found => Open(found, target),
            ServerSearch.NotFound missing => (null, Problems.NoSettings(missing.Why)),
            _ => throw new InvalidOperationException("unknown case"),
        };
    }

    private (EkidenApiClient? Client, Problem? Problem) Open(ServerSearch.Found found, ApiTarget target)
    {
        var preferred = target.PrefersKey ? host.Variable(KeyVariable) : null;
        var token = target.Key ?? preferred;
        if (token is null && Read(Path.Combine(found.DataDirectory, TokenFile), out token) is { } problem)
        {
            token = host.Variable(KeyVariable);
            if (token is null) return (null, problem);
        }
        // The server writes where it really listens: needed when the settings say port 0.
        Read(Path.Combine(found.DataDirectory, AddressFile), out var written);
        var address = IPEndPoint.TryParse(written ?? "", out var actual) ? actual : found.Http;
        return (Connect(ToUri(address, found.IsHttps), token!, target), null); // no problem: there is a token
    }

    private EkidenApiClient Connect(Uri address, string token, ApiTarget target)
    {
        var http = new HttpClient(host.Http, disposeHandler: false) { BaseAddress = address, Timeout = Patience };
        return new EkidenApiClient(http, token) { Account = target.Account };
    }

    private static Uri ToUri(IPEndPoint address, bool isHttps)
    {
        var reachable = address.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, address.Port)
            : address.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, address.Port)
            : address;
        return new Uri($"{(isHttps ? "https" : "http")}://{reachable}/");
    }

    private static Problem? Read(string path, out string? text)
    {
        text = null;
        try
        {
            text = File.ReadAllText(path).Trim();
            return null;
        }
        catch (Exception trouble) when (trouble is FileNotFoundException or DirectoryNotFoundException)
        {
            return Problems.NoToken($"{path} is not there: has `ekiden serve` ever run with these settings?");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return Problems.NoToken($"{trouble.Message} Run the command as the server's user, or give --key");
        }
    }
}

/// <summary>What a command line says about which server is meant, and as whom.</summary>
/// <param name="Config"><c>--config</c>.</param>
/// <param name="Api"><c>--api</c>.</param>
/// <param name="Key"><c>--key</c>.</param>
internal sealed record ApiTarget(string? Config, Uri? Api, string? Key)
{
    /// <summary>Ask in the name of this account.</summary>
    public string? Account { get; init; }

    /// <summary>A key in the environment goes before the operator's token.</summary>
    public bool PrefersKey { get; init; }
}
