using System.Net;

namespace Ekiden.EndToEnd.Tests;

/// <summary>Pieces of settings files that tests put together; every port is the system's choice.</summary>
internal static class Settings
{
    /// <summary>Longest that a test with real processes may take, in milliseconds.</summary>
    public const int Patience = 120_000;

    /// <summary>A relay listener for loopback.</summary>
    public const string Relay = """

        [[listener]]
        name = "relay"
        address = "127.0.0.1:0"
        role = "relay"
        tls = "none"
        allow = ["127.0.0.1/32"]

        """;

    /// <summary>Submission with STARTTLS (as on 587) and with TLS from the start (as on 465).</summary>
    public const string Submission = """

        [[listener]]
        name = "submission"
        address = "127.0.0.1:0"
        role = "submission"
        [[listener]]
        name = "submissions"
        address = "127.0.0.1:0"
        role = "submission"
        tls = "implicit"

        """;

    /// <summary>A static route.</summary>
    public static string Route(string match, IPEndPoint host) => $"""

        [[route]]
        match = "{match}"
        hosts = ["{host}"]

        """;

    /// <summary>Names are asked of a server on loopback; hosts answer on 127.0.0.2 and up, on one port.</summary>
    public static string ByMx(IPEndPoint nameServer, int port, string retry = "300ms") => $"""

        [dns]
        servers = ["{nameServer}"]
        [delivery]
        mx_port = {port}
        allow_targets = ["127.0.0.0/8"]
        retry = ["{retry}"]

        """;

    /// <summary>Quick retries.</summary>
    public static string Retry(string wait = "300ms") => $"""

        [delivery]
        retry = ["{wait}"]

        """;
}
