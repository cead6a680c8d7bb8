using System.Net;

namespace Ekiden.Dns;

/// <summary>Asks the name service. Every answer is data: only a cancelled question throws.</summary>
/// <remarks>
/// Names are domains in A-label form, in any case, without a trailing dot. CNAMEs are followed. An answer is
/// <see cref="DnsAnswer{T}.Failed"/> unless it is complete: a failure is never read as "there is none" (reliability
/// I-R1).
/// </remarks>
public interface IResolver
{
    /// <summary>The MX records of a domain, lowest preference first; a null MX (RFC 7505) is one of them.</summary>
    ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string domain, CancellationToken cancel);

    /// <summary>The IPv4 addresses of a host.</summary>
    ValueTask<DnsAnswer<IPAddress>> FindIPv4Async(string host, CancellationToken cancel);

    /// <summary>The IPv6 addresses of a host.</summary>
    ValueTask<DnsAnswer<IPAddress>> FindIPv6Async(string host, CancellationToken cancel);

    /// <summary>The TXT records of a name, each with its strings joined without a separator.</summary>
    ValueTask<DnsAnswer<string>> FindTextAsync(string name, CancellationToken cancel);

    /// <summary>The TLSA records of a name such as <c>_25._tcp.mx.example</c>: RFC 6698.</summary>
    ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancel);

    /// <summary>The names of an address: PTR in <c>in-addr.arpa</c> or <c>ip6.arpa</c>.</summary>
    ValueTask<DnsAnswer<string>> FindNamesAsync(IPAddress address, CancellationToken cancel);

    /// <summary>
    /// The resolver itself looks down: what waits for names must wait, and nothing may expire (reliability I-R3).
    /// </summary>
    bool IsDown { get; }
}
