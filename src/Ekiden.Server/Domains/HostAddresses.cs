using System.Collections.Immutable;
using System.Net;
using Ekiden.Dns;

namespace Ekiden.Server.Domains;

/// <summary>The addresses of a host, of both families.</summary>
/// <param name="Found">Those that are known.</param>
/// <param name="Failure">Why there may be more; null when that is all.</param>
internal sealed record HostAddresses(ImmutableArray<IPAddress> Found, string? Failure)
{
    public static async Task<HostAddresses> FindAsync(IResolver resolver, string host, CancellationToken cancel)
    {
        var four = resolver.FindIPv4Async(host, cancel).AsTask();
        var six = resolver.FindIPv6Async(host, cancel).AsTask();
        var answers = await Task.WhenAll(four, six);
        return new HostAddresses(
            [.. answers.OfType<DnsAnswer<IPAddress>.Found>().SelectMany(answer => answer.Records)],
            answers.OfType<DnsAnswer<IPAddress>.Failed>().FirstOrDefault()?.Why);
    }
}
