using System.Collections.Immutable;
using System.Net;
using Ekiden.Delivery.Providers;

namespace Ekiden.Delivery.Routes;

/// <summary>What the settings say about where mail goes; replaced as a whole at a reload.</summary>
public sealed record RouteOptions
{
    /// <summary>Our own name, <c>[server] host_name</c>: an MX of this name is ourselves.</summary>
    public required string HostName { get; init; }

    /// <summary>The static routes, in the order of the file.</summary>
    public ImmutableArray<StaticRoute> Routes { get; init; } = [];

    /// <summary><c>[local] domains</c>, in lower case: without a static route their mail waits.</summary>
    public ImmutableHashSet<string> LocalDomains { get; init; } = [];

    /// <summary>What is known of providers.</summary>
    public ProviderPacks Packs { get; init; } = ProviderPacks.BuiltIn;

    /// <summary>The port of MX hosts.</summary>
    public int MxPort { get; init; } = 25;

    /// <summary><c>[delivery] allow_targets</c>: networks that MX hosts may be in although they are private.</summary>
    public ImmutableArray<IPNetwork> AllowTargets { get; init; } = [];

    /// <summary>Where our own SMTP listeners are: never a target.</summary>
    public ImmutableArray<IPEndPoint> Listeners { get; init; } = [];

    /// <summary>The addresses of this machine, loopback excepted: never a target of an MX.</summary>
    public ImmutableArray<IPAddress> OwnAddresses { get; init; } = [];

    /// <summary>
    /// From where mail leaves; empty: the system's default address by IPv4, with <see cref="HostName"/>.
    /// </summary>
    public ImmutableArray<EgressSource> Sources { get; init; } = [];
}
