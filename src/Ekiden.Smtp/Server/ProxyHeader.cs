using System.Buffers.Binary;
using System.Net;

namespace Ekiden.Smtp.Server;

/// <summary>The binary header of PROXY protocol version 2, by which a listed proxy names the client.</summary>
/// <remarks>Source: the PROXY protocol's specification, §2.2. Version 1 is not spoken.</remarks>
internal static class ProxyHeader
{
    /// <summary>
    /// Longer headers are refused; addresses take 36 bytes, the rest is extras that nobody here reads.
    /// </summary>
    public const int LongestPayload = 4096;

    /// <summary>The fixed part in front of the payload.</summary>
    public const int FixedLength = 16;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>
    /// Reads the header at the front of <paramref name="bytes"/>. <paramref name="length"/> is that of the whole header
    /// once it is known; <paramref name="client"/> is null where the proxy speaks for itself (its health checks).
    /// </summary>
    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> bytes, out int length, out IPAddress? client)
    {
        client = null;
        length = FixedLength;
        var known = Math.Min(bytes.Length, Signature.Length);
        if (!bytes[..known].SequenceEqual(Signature[..known])) return ProxyHeaderStatus.Broken;
        if (bytes.Length < FixedLength) return ProxyHeaderStatus.Missing;

        var command = bytes[12];
        var family = bytes[13];
        var payload = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        length = FixedLength + payload;
        if (command is not (0x20 or 0x21) || payload > LongestPayload) return ProxyHeaderStatus.Broken;
        if (bytes.Length < length) return ProxyHeaderStatus.Missing;
        if (command == 0x20) return ProxyHeaderStatus.Whole; // LOCAL

        var addresses = bytes[FixedLength..length];
        var size = family switch { 0x11 => 4, 0x21 => 16, _ => 0 }; // TCP over IPv4, over IPv6
        if (size == 0 || addresses.Length < 2 * size + 4) return ProxyHeaderStatus.Broken;
        client = ClientNetwork.Normalise(new IPAddress(addresses[..size]));
        return ProxyHeaderStatus.Whole;
    }
}

/// <summary>How far <see cref="ProxyHeader.Read"/> got.</summary>
internal enum ProxyHeaderStatus
{
    /// <summary>The header is whole.</summary>
    Whole,

    /// <summary>More bytes are needed.</summary>
    Missing,

    /// <summary>This is no such header.</summary>
    Broken,
}
