using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Ekiden.Smtp.Server;

/// <summary>Client addresses in the form in which they are compared and counted: reliability D-R1.</summary>
internal static class ClientNetwork
{
    /// <summary>IPv4-mapped addresses as IPv4, so that one client has one address.</summary>
    public static IPAddress Normalise(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>The address is in one of the networks.</summary>
    public static bool IsListed(ImmutableArray<IPNetwork> networks, IPAddress address)
    {
        foreach (var network in networks)
            if (network.Contains(address)) return true;
        return false;
    }

    /// <summary>
    /// A number for the client's network of <paramref name="bits"/> (IPv4) or <paramref name="bitsV6"/> (IPv6) bits;
    /// different families and sizes never share one.
    /// </summary>
    public static (UInt128 Network, byte Bits) Key(IPAddress address, int bits, int bitsV6)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.TryWriteBytes(bytes, out var length);
        var size = address.AddressFamily == AddressFamily.InterNetwork ? bits : bitsV6;
        var value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        var mask = size == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - size);
        return (value & mask, (byte)(length == 4 ? size : 128 + size));
    }
}
