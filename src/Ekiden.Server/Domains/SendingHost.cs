using System.Collections.Immutable;
using System.Net;

namespace Ekiden.Server.Domains;

/// <summary>What the world sees of this server when it sends.</summary>
/// <param name="HostName">What EHLO says.</param>
/// <param name="Address">The public address; null where no <c>[[egress]]</c> names one.</param>
internal sealed record SendingHost(string HostName, IPAddress? Address);

/// <summary>What is looked at beside the domain itself.</summary>
/// <param name="Hosts">Every source of mail; at least one.</param>
/// <param name="Blocklists">Zones that list addresses (RFC 5782); empty: nobody is asked.</param>
internal sealed record SendingFacts(ImmutableArray<SendingHost> Hosts, ImmutableArray<string> Blocklists);
