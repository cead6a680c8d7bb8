using System.Collections.Immutable;
using System.Net;
using Ekiden.Dns;

namespace Ekiden.Delivery.Routes;

/// <summary>
/// Judges every resolved address before we connect to it: what a stranger's MX record may point us at (reliability.md
/// I-R6), and our own listeners, which nobody may (F-R2).
/// </summary>
internal sealed class TargetFilter
{
    private readonly AddressRanges _ranges;
    private readonly ImmutableArray<IPEndPoint> _listeners;
    private readonly ImmutableArray<IPAddress> _own;

    /// <summary>The rules of these settings.</summary>
    public TargetFilter(RouteOptions options)
    {
        _listeners = options.Listeners;
        _own = options.OwnAddresses;
        _ranges = new AddressRanges(_own, options.AllowTargets);
    }

    /// <summary>May we connect there?</summary>
    /// <param name="target">Where.</param>
    /// <param name="isStatic">An operator wrote it into a route: only a listener of our own is refused.</param>
    public TargetVerdict Judge(IPEndPoint target, bool isStatic)
    {
        if (IsListener(target)) return TargetVerdict.Own;
        return isStatic ? TargetVerdict.Allowed : _ranges.Judge(target.Address);
    }

    private bool IsListener(IPEndPoint target)
    {
        var address = Unmap(target.Address);
        foreach (var listener in _listeners)
        {
            if (listener.Port != target.Port) continue;
            var own = Unmap(listener.Address);
            if (own.Equals(address)) return true;
            var isEverywhere = own.Equals(IPAddress.Any) || own.Equals(IPAddress.IPv6Any);
            if (isEverywhere && (IPAddress.IsLoopback(address) || _own.Contains(address))) return true;
        }
        return false;
    }

    private static IPAddress Unmap(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
