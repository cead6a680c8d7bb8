using System.Net;

namespace Ekiden.Delivery.Routes;

/// <summary>From where mail leaves: one <c>[[egress]]</c> of the settings, or the system's default address.</summary>
/// <param name="Name">Its name in the settings; <c>default</c> when none is configured.</param>
/// <param name="HelloName">What it says in EHLO.</param>
/// <param name="IPv4">The local address; null lets the system choose.</param>
/// <param name="IPv6">The local IPv6 address; null: never sends by IPv6.</param>
public sealed record EgressSource(string Name, string HelloName, IPAddress? IPv4 = null, IPAddress? IPv6 = null);
