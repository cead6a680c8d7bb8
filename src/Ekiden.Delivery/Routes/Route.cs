using System.Collections.Immutable;
using System.Net;
using Ekiden.Delivery.Local;
using Ekiden.Delivery.Providers;
using Ekiden.Delivery.Security;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Routes;

/// <summary>Where the mail of a domain goes: hosts, best first, and what we may ask of them.</summary>
internal sealed record Route
{
    /// <summary>
    /// The name of the receiving site. Domains with the same site share lanes, connections and limits: for MX the
    /// sorted hosts of each preference (delivery.md Q1), for a static route its match.
    /// </summary>
    public required string Site { get; init; }

    /// <summary>Who receives there: what lanes start with, may reach, and how replies are read.</summary>
    public Provider Provider { get; init; } = Provider.Default;

    /// <summary>At least one; those of lower preference first.</summary>
    public required ImmutableArray<RouteHost> Hosts { get; init; }

    /// <summary>Where mail stays; null: the hosts are asked by SMTP.</summary>
    public LocalStore? Store { get; init; }

    /// <summary>What the domain's own policies ask of connections.</summary>
    public RouteSecurity Security { get; init; } = RouteSecurity.None;

    /// <summary>
    /// The name of the lane: the site, and what its connections must have. Mail shares connections with mail whose
    /// domain asks for the same.
    /// </summary>
    public string Lane => Security.Key.Length == 0 ? Site : $"{Site} ({Security.Key})";

    /// <summary>The same with verified TLS, for a message that asks for it: REQUIRETLS.</summary>
    public Route Verified() => this with { Tls = TlsLevel.Verified, Site = Site + " verified" };

    /// <summary>How much TLS the settings ask for.</summary>
    public required TlsLevel Tls { get; init; }

    /// <summary>Signs in; null does not.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>What one lane to this site may do.</summary>
    public required LaneLimits Limits { get; init; }

    /// <summary>
    /// An operator named these hosts, so addresses that MX targets may not have (private, loopback) are meant.
    /// </summary>
    public bool IsStatic { get; init; }
}

/// <summary>One host of a route.</summary>
/// <param name="Name">Its name, or its address as text when the route holds an address.</param>
/// <param name="Port">25 unless the route or <c>[delivery] mx_port</c> says otherwise.</param>
/// <param name="Preference">Lower is tried first; hosts of equal preference in random order: RFC 5321 §5.1.</param>
/// <param name="Address">The address, when it needs no name service; null: resolve <paramref name="Name"/>.</param>
internal sealed record RouteHost(string Name, int Port, int Preference, IPAddress? Address = null);

/// <summary>What an operator fixed for the lanes of a route. What is null is learned.</summary>
/// <param name="Connections">At once; at least 1.</param>
/// <param name="RecipientsPerTransaction">At least 1.</param>
/// <param name="MessagesPerConnection">Transactions until QUIT; at least 1.</param>
/// <param name="MessagesPerSecond">Transactions begun per second; more than 0.</param>
public sealed record LaneLimits(
    int? Connections = null, int RecipientsPerTransaction = 100, int? MessagesPerConnection = null,
    double? MessagesPerSecond = null)
{
    /// <summary>Nothing is fixed but the 100 recipients of RFC 5321 §4.5.3.1.8.</summary>
    public static LaneLimits Default { get; } = new();
}
