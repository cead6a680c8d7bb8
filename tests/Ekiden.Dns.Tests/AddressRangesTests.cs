using System.Net;

namespace Ekiden.Dns.Tests;

// reliability I-R6
public sealed class AddressRangesTests
{
    private static readonly AddressRanges Ranges = new([IPAddress.Parse("8.8.4.4"), IPAddress.Parse("2a00::1")], []);

    [Theory]
    [InlineData("0.0.0.0"), InlineData("0.255.255.255")]
    [InlineData("10.0.0.0"), InlineData("10.255.255.255")]
    [InlineData("100.64.0.0"), InlineData("100.127.255.255")]
    [InlineData("127.0.0.1"), InlineData("127.255.255.255")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.0"), InlineData("172.31.255.255")]
    [InlineData("192.0.0.0"), InlineData("192.0.0.255")]
    [InlineData("192.0.2.0"), InlineData("192.0.2.255")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.0.0"), InlineData("192.168.255.255")]
    [InlineData("198.18.0.0"), InlineData("198.19.255.255")]
    [InlineData("198.51.100.0"), InlineData("203.0.113.255")]
    [InlineData("224.0.0.1"), InlineData("239.255.255.255"), InlineData("240.0.0.1"), InlineData("255.255.255.255")]
    [InlineData("::"), InlineData("::1"), InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1"), InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::127.0.0.1"), InlineData("64:ff9b:1::1")]
    [InlineData("2002:7f00:1::"), InlineData("2002:a00:1::1")]
    [InlineData("fc00::1"), InlineData("fdff::1"), InlineData("fe80::1"), InlineData("febf::1"), InlineData("fec0::1")]
    [InlineData("ff02::1"), InlineData("2001:db8::1"), InlineData("2001:db8:ffff::1")]
    public void An_address_that_no_public_server_has_is_prohibited(string address) =>
        Assert.Equal(TargetVerdict.Prohibited, Ranges.Judge(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.0.0.0"), InlineData("9.255.255.255"), InlineData("11.0.0.0")]
    [InlineData("100.63.255.255"), InlineData("100.128.0.0")]
    [InlineData("126.255.255.255"), InlineData("128.0.0.0")]
    [InlineData("169.253.255.255"), InlineData("169.255.0.0")]
    [InlineData("172.15.255.255"), InlineData("172.32.0.0")]
    [InlineData("191.255.255.255"), InlineData("192.0.1.0"), InlineData("192.0.3.0")]
    [InlineData("192.167.255.255"), InlineData("192.169.0.0")]
    [InlineData("198.17.255.255"), InlineData("198.20.0.0"), InlineData("223.255.255.255")]
    [InlineData("::ffff:8.8.8.8"), InlineData("64:ff9b::8.8.8.8"), InlineData("2002:808:808::1")]
    [InlineData("2001:db7:ffff::1"), InlineData("2001:db9::1"), InlineData("2600::1")]
    public void Its_neighbours_are_allowed(string address) =>
        Assert.Equal(TargetVerdict.Allowed, Ranges.Judge(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.4.4"), InlineData("::ffff:8.8.4.4"), InlineData("2a00::1")]
    public void Our_own_address_is_told_apart(string address) =>
        Assert.Equal(TargetVerdict.Own, Ranges.Judge(IPAddress.Parse(address)));

    [Fact]
    public void A_listed_network_is_allowed_and_its_neighbour_is_not()
    {
        var ranges = new AddressRanges([], [IPNetwork.Parse("127.0.0.2/32"), IPNetwork.Parse("fd00::/16")]);

        Assert.Equal(TargetVerdict.Allowed, ranges.Judge(IPAddress.Parse("127.0.0.2")));
        Assert.Equal(TargetVerdict.Allowed, ranges.Judge(IPAddress.Parse("::ffff:127.0.0.2")));
        Assert.Equal(TargetVerdict.Allowed, ranges.Judge(IPAddress.Parse("fd00::5")));
        Assert.Equal(TargetVerdict.Prohibited, ranges.Judge(IPAddress.Parse("127.0.0.3")));
        Assert.Equal(TargetVerdict.Prohibited, ranges.Judge(IPAddress.Parse("fd01::5")));
    }

    [Theory]
    [InlineData("192.0.2.1", "1.2.0.192.in-addr.arpa")]
    [InlineData("::ffff:192.0.2.1", "1.2.0.192.in-addr.arpa")]
    [InlineData("2001:db8::567:89ab", "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public void An_address_has_a_reverse_name(string address, string name) =>
        Assert.Equal(name, ReverseName.Of(IPAddress.Parse(address)));
}
