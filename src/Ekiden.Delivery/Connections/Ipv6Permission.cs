using System.Collections.Immutable;
using System.Net;
using Ekiden.Delivery.Routes;
using Ekiden.Dns;
using Microsoft.Extensions.Logging;

namespace Ekiden.Delivery.Connections;

/// <summary>
/// Which sources may send by IPv6: those whose IPv6 address has a PTR record whose name leads back to it (DESIGN §11).
/// Large receivers refuse IPv6 mail without one.
/// </summary>
internal sealed partial class Ipv6Permission(IResolver resolver, ILogger logger)
{
    private ImmutableHashSet<IPAddress> _confirmed = [];

    /// <summary>May this source connect to IPv6 addresses?</summary>
    public bool Allows(EgressSource source) => source.IPv6 is { } address && _confirmed.Contains(address);

    /// <summary>
    /// Asks the name service about the addresses of all sources; what is not confirmed sends by IPv4.
    /// </summary>
    public async Task CheckAsync(ImmutableArray<EgressSource> sources, CancellationToken cancel)
    {
        try
        {
            var confirmed = ImmutableHashSet.CreateBuilder<IPAddress>();
            foreach (var source in sources)
            {
                if (source.IPv6 is not { } address) continue;
                if (await IsConfirmedAsync(address, cancel)) confirmed.Add(address);
                else Log.NotConfirmed(logger, source.Name, address);
            }
            _confirmed = confirmed.ToImmutable();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The service stops; nothing will be sent by any address.
        }
    }

    private async ValueTask<bool> IsConfirmedAsync(IPAddress address, CancellationToken cancel)
    {
        if (await resolver.FindNamesAsync(address, cancel) is not DnsAnswer<string>.Found names) return false;
        foreach (var name in names.Records)
        {
            var back = await resolver.FindIPv6Async(name, cancel);
            if (back is DnsAnswer<IPAddress>.Found found && found.Records.Contains(address)) return true;
        }
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning,
            Message = "Source {Source}: {Address} has no confirmed PTR record; it sends by IPv4 only")]
        public static partial void NotConfirmed(ILogger logger, string source, IPAddress address);
    }
}
