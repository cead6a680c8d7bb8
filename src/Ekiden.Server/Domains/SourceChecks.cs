using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Ekiden.Dns;

namespace Ekiden.Server.Domains;

/// <summary>What the world sees of the addresses that mail leaves from.</summary>
internal sealed class SourceChecks(IResolver resolver)
{
    /// <summary>PTR, whether it leads back, and the name that EHLO says.</summary>
    public async Task<DomainFinding[]> CheckNamesAsync(ImmutableArray<SendingHost> hosts, CancellationToken cancel)
    {
        var findings = new List<DomainFinding>();
        foreach (var host in hosts)
        {
            if (host.Address is not { } address)
            {
                findings.Add(new("ehlo", host.HostName, FindingStatus.Error, "this name has no address")
                {
                    Fix = "publish the address, or name it: [[egress]] public_address",
                });
                continue;
            }
            findings.Add(await CheckPointerAsync(address, host.HostName, cancel));
            findings.Add(await CheckHelloAsync(host.HostName, address, cancel));
        }
        return [.. findings];
    }

    /// <summary>Is an address on a list? An answer of 127.0.0.0/8 says so: RFC 5782 §2.1.</summary>
    public async Task<DomainFinding[]> CheckBlocklistsAsync(
        ImmutableArray<SendingHost> hosts, ImmutableArray<string> lists, CancellationToken cancel)
    {
        var questions = hosts.Select(host => host.Address).OfType<IPAddress>().Distinct()
            .SelectMany(address => lists.Select(list => CheckListAsync(address, list, cancel)));
        return await Task.WhenAll(questions);
    }

    private async Task<DomainFinding> CheckPointerAsync(IPAddress address, string hostName, CancellationToken cancel)
    {
        var subject = address.ToString();
        var answer = await resolver.FindNamesAsync(address, cancel);
        if (answer is DnsAnswer<string>.Failed failed) return new("ptr", subject, FindingStatus.Unknown, failed.Why);
        if (answer is not DnsAnswer<string>.Found found)
        {
            return new("ptr", subject, FindingStatus.Error, "no PTR: Gmail, Yahoo and others refuse the address")
            {
                Fix = $"let the owner of the network publish {hostName} for it",
            };
        }
        var isUnknown = false;
        foreach (var name in found.Records)
        {
            var back = await HostAddresses.FindAsync(resolver, name, cancel);
            isUnknown |= back.Failure is not null;
            if (!back.Found.Contains(address)) continue;
            return IsGeneric(name, address)
                ? new("ptr", subject, FindingStatus.Warning, $"{name} looks like one of a pool of addresses")
                {
                    Fix = $"let it be {hostName}",
                }
                : new("ptr", subject, FindingStatus.Ok, $"{name}, and back");
        }
        var names = string.Join(", ", found.Records);
        return isUnknown
            ? new("ptr", subject, FindingStatus.Unknown, $"{names}; its addresses cannot be found now")
            : new("ptr", subject, FindingStatus.Error, $"{names} does not lead back to {address}")
            {
                Fix = "publish the address at that name, or another PTR",
            };
    }

    // RFC 5321 §4.1.1.1: the name of the client. Many receivers ask that it leads to the address.
    private async Task<DomainFinding> CheckHelloAsync(string hostName, IPAddress address, CancellationToken cancel)
    {
        var addresses = await HostAddresses.FindAsync(resolver, hostName, cancel);
        if (addresses.Found.Contains(address)) return new("ehlo", hostName, FindingStatus.Ok, $"leads to {address}");
        return addresses.Failure is { } why
            ? new("ehlo", hostName, FindingStatus.Unknown, why)
            : new("ehlo", hostName, FindingStatus.Warning, $"does not lead to {address}")
            {
                Fix = $"publish {address} at {hostName}",
            };
    }

    private async Task<DomainFinding> CheckListAsync(IPAddress address, string list, CancellationToken cancel)
    {
        var reversed = ReverseName.Of(address);
        var name = reversed[..reversed.LastIndexOf('.', reversed.LastIndexOf('.') - 1)] + '.' + list;
        var subject = $"{address} {list}";
        return await resolver.FindIPv4Async(name, cancel) switch
        {
            DnsAnswer<IPAddress>.Failed failed => new("dnsbl", subject, FindingStatus.Unknown, failed.Why),
            DnsAnswer<IPAddress>.Found found => JudgeListing(subject, found.Records),
            _ => new("dnsbl", subject, FindingStatus.Ok, "not listed"),
        };
    }

    private static DomainFinding JudgeListing(string subject, ImmutableArray<IPAddress> codes)
    {
        var text = string.Join(", ", codes);
        // 127.255.255.0/24 is how lists say that they do not answer this resolver; other answers are no listing.
        var isListed = codes.Any(code => code.GetAddressBytes() is [127, var a, var b, _] && (a, b) != (255, 255));
        return isListed
            ? new("dnsbl", subject, FindingStatus.Error, $"listed ({text})") { Fix = "ask the list why" }
            : new("dnsbl", subject, FindingStatus.Unknown, $"the list does not answer this resolver ({text})");
    }

    // Names that providers make of the address: all its numbers stand in them.
    private static bool IsGeneric(string name, IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetwork) return false;
        var numbers = name.Split(['.', '-']).ToArray();
        return address.ToString().Split('.').All(number =>
            numbers.Contains(number) || numbers.Contains(number.PadLeft(3, '0')));
    }
}
