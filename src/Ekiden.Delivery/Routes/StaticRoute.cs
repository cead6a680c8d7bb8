using System.Collections.Immutable;
using System.Net;
using Ekiden.Delivery.Local;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Routes;

/// <summary>One <c>[[route]]</c> of the settings: asked before MX, the first that matches wins.</summary>
public sealed record StaticRoute
{
    /// <summary>A domain, <c>*.suffix</c> for the domains below it, or <c>*</c> for all. Case is ignored.</summary>
    public required string Match { get; init; }

    /// <summary>The hosts, best first. Empty with a <see cref="Store"/>.</summary>
    public ImmutableArray<RouteTarget> Hosts { get; init; } = [];

    /// <summary>How much TLS.</summary>
    public TlsLevel Tls { get; init; } = TlsLevel.Opportunistic;

    /// <summary>Signs in to a smarthost; needs <see cref="TlsLevel.Verified"/>. Null does not.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>Connections, rate, messages per connection.</summary>
    public LaneLimits Limits { get; init; } = LaneLimits.Default;

    /// <summary>Where mail stays; null: SMTP to <see cref="Hosts"/>.</summary>
    public LocalStore? Store { get; init; }

    /// <summary>
    /// Does it hold for this domain? <c>*.example.org</c> does not hold for <c>example.org</c> itself.
    /// </summary>
    internal bool Matches(string domain)
    {
        if (Match == "*") return true;
        return Match.StartsWith("*.", StringComparison.Ordinal)
            ? domain.Length > Match.Length - 1 && domain.EndsWith(Match[1..], StringComparison.OrdinalIgnoreCase)
            : domain.Equals(Match, StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>One host of a static route.</summary>
/// <param name="Host">A name in A-label form, or an address as text, IPv6 without brackets.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record RouteTarget(string Host, int Port);
