using System.Net;

namespace Ekiden.Cli;

/// <summary>What the settings say about where the server is.</summary>
public abstract record ServerSearch
{
    private ServerSearch() { } // closed: every case is below

    /// <summary>The settings were read.</summary>
    /// <param name="DataDirectory">Where the server keeps <c>admin.token</c> and <c>http.address</c>.</param>
    /// <param name="Http">Where the settings put the API; port 0 when the system chose it.</param>
    /// <param name="IsHttps">The API speaks TLS.</param>
    /// <param name="HostName">The server's name: the domain of addresses without one.</param>
    /// <param name="Relays">Relay listeners that can be reached by loopback without TLS, in the order of the
    /// settings.</param>
    public sealed record Found(
        string DataDirectory, IPEndPoint Http, bool IsHttps, string HostName, IReadOnlyList<IPEndPoint> Relays)
        : ServerSearch;

    /// <summary>There are no settings, or they are wrong.</summary>
    /// <param name="Why">For people, one line or more.</param>
    public sealed record NotFound(string Why) : ServerSearch;
}
