using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Ekiden.Dns;

/// <summary>
/// Which addresses may be connected to when a name from outside leads there. Asked with the very address that the
/// socket will use, at every attempt (reliability I-R6).
/// </summary>
/// <param name="own">The addresses of this server, listening or sending.</param>
/// <param name="allowed">Networks that are allowed whatever they are: <c>[delivery] allow_targets</c>.</param>
public sealed class AddressRanges(IEnumerable<IPAddress> own, IEnumerable<IPNetwork> allowed)
{
    // IANA special-purpose registries, RFC 6890, as far as no mail server of the public Internet can be there
    private static readonly (uint Prefix, int Length)[] ProhibitedIPv4 =
    [
        (0x00000000, 8),  // 0/8 this network
        (0x0A000000, 8),  // 10/8 private
        (0x64400000, 10), // 100.64/10 shared, RFC 6598
        (0x7F000000, 8),  // 127/8 loopback
        (0xA9FE0000, 16), // 169.254/16 link-local, cloud metadata
        (0xAC100000, 12), // 172.16/12 private
        (0xC0000000, 24), // 192.0.0/24 protocol assignments
        (0xC0000200, 24), // 192.0.2/24 documentation
        (0xC0586300, 24), // 192.88.99/24 6to4 relays
        (0xC0A80000, 16), // 192.168/16 private
        (0xC6120000, 15), // 198.18/15 benchmarks
        (0xC6336400, 24), // 198.51.100/24 documentation
        (0xCB007100, 24), // 203.0.113/24 documentation
        (0xE0000000, 4),  // 224/4 multicast
        (0xF0000000, 4),  // 240/4 reserved, broadcast
    ];

    private static readonly ImmutableArray<IPNetwork> ProhibitedIPv6 =
    [
        IPNetwork.Parse("::/96"),          // unspecified, loopback, and the IPv4-compatible form that RFC 4291 withdrew
        IPNetwork.Parse("64:ff9b:1::/48"), // NAT64 inside a network, RFC 8215
        IPNetwork.Parse("2001:db8::/32"),  // documentation
        IPNetwork.Parse("fc00::/7"),       // unique local
        IPNetwork.Parse("fe80::/10"),      // link-local
        IPNetwork.Parse("fec0::/10"),      // site-local, RFC 3879
        IPNetwork.Parse("ff00::/8"),       // multicast
    ];

    private readonly ImmutableHashSet<IPAddress> _own = [.. own.Select(Unmap)];
    private readonly ImmutableArray<IPNetwork> _allowed = [.. allowed];

    /// <summary>May mail be sent to this address?</summary>
    public TargetVerdict Judge(IPAddress address)
    {
        address = Unmap(address);
        foreach (var network in _allowed)
            if (network.Contains(address)) return TargetVerdict.Allowed;
        if (_own.Contains(address)) return TargetVerdict.Own;
        var isProhibited = TryIPv4(address, out var inner)
            ? IsProhibited(inner)
            : ProhibitedIPv6.Any(network => network.Contains(address));
        return isProhibited ? TargetVerdict.Prohibited : TargetVerdict.Allowed;
    }

    private static bool IsProhibited(uint address)
    {
        foreach (var (prefix, length) in ProhibitedIPv4)
            if ((address ^ prefix) >> (32 - length) == 0) return true;
        return false;
    }

    private static IPAddress Unmap(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    // IPv4 itself, or inside NAT64 (64:ff9b::/96, RFC 6052) or 6to4 (2002::/16, RFC 3056).
    private static bool TryIPv4(IPAddress address, out uint inner)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        inner = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (address.AddressFamily == AddressFamily.InterNetwork) return true;
        if (bytes[..length].StartsWith((ReadOnlySpan<byte>)[0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]))
        {
            inner = BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]);
            return true;
        }
        inner = BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);
        return bytes[0] == 0x20 && bytes[1] == 0x02;
    }
}

/// <summary>What <see cref="AddressRanges.Judge"/> says.</summary>
public enum TargetVerdict : byte
{
    /// <summary>Connect.</summary>
    Allowed,

    /// <summary>Ourselves: fails with <c>5.4.6</c> (DESIGN §11).</summary>
    Own,

    /// <summary>No public address: fails with <c>5.4.4</c>.</summary>
    Prohibited,
}
