using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ekiden.Dns;

/// <summary>The name under which an address has its PTR record: RFC 1035 §3.5, RFC 3596 §2.5.</summary>
public static class ReverseName
{
    /// <summary>
    /// <c>1.2.0.192.in-addr.arpa</c>, or 32 nibbles and <c>ip6.arpa</c>; an IPv4-mapped address as IPv4.
    /// </summary>
    public static string Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return $"{bytes[3]}.{bytes[2]}.{bytes[1]}.{bytes[0]}.in-addr.arpa";
        var name = new StringBuilder(72);
        for (var i = bytes.Length - 1; i >= 0; i--)
            name.Append(Digit(bytes[i] & 15)).Append('.').Append(Digit(bytes[i] >> 4)).Append('.');
        return name.Append("ip6.arpa").ToString();
    }

    private static char Digit(int nibble) => "0123456789abcdef"[nibble];
}
