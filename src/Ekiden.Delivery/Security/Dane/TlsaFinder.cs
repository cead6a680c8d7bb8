using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Ekiden.Delivery.Routes;
using Ekiden.Dns;

namespace Ekiden.Delivery.Security.Dane;

/// <summary>
/// The TLSA records of a host whose name is certain: RFC 7672 §2.2. They count only where DNSSEC vouches for them and
/// for the host's addresses.
/// </summary>
internal sealed class TlsaFinder(IResolver resolver)
{
    /// <summary>What DNS says of the host. Answers are those of the resolver's cache while it has them.</summary>
    public async ValueTask<TlsaResult> FindAsync(RouteHost host, CancellationToken cancel)
    {
        if (host.Address is not null) return TlsaResult.Nothing;
        var (isSigned, alias, failure) = await FindAddressAsync(host.Name, cancel);
        if (failure is not null) return new TlsaResult.Failed(failure);
        // RFC 7672 §2.2.2: a server in an unsigned zone cannot have records that count.
        if (!isSigned) return TlsaResult.Nothing;
        // RFC 7672 §2.2.3: at the end of the aliases first, then at the name that was given.
        var found = await FindAsync(alias ?? host.Name, host, cancel);
        return found is TlsaResult.None && alias is not null ? await FindAsync(host.Name, host, cancel) : found;
    }

    private async ValueTask<TlsaResult> FindAsync(string name, RouteHost host, CancellationToken cancel)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"_{host.Port}._tcp.{name}");
        switch (await resolver.FindTlsaAsync(query, cancel))
        {
            case DnsAnswer<TlsaRecord>.Failed failed:
                // RFC 7672 §2.1.2: not "there is none"; somebody may be hiding them.
                return new TlsaResult.Failed(failed.Why);
            case DnsAnswer<TlsaRecord>.Found { IsAuthenticated: true } found:
                var usable = TlsaRecords.Usable(found.Records);
                return usable.IsEmpty
                    ? TlsaResult.NoUsable
                    : new TlsaResult.Usable(usable, name == host.Name ? [name] : [name, host.Name]);
            default:
                return TlsaResult.Nothing;
        }
    }

    // AAAA only for a host without IPv4: one signed answer tells that the host's zone is signed.
    private async ValueTask<(bool IsSigned, string? Alias, string? Failure)> FindAddressAsync(
        string name, CancellationToken cancel)
    {
        var answer = await resolver.FindIPv4Async(name, cancel);
        if (answer is DnsAnswer<IPAddress>.NoData) answer = await resolver.FindIPv6Async(name, cancel);
        return answer switch
        {
            DnsAnswer<IPAddress>.Found found => (found.IsAuthenticated, found.Alias, null),
            DnsAnswer<IPAddress>.Failed failed => (false, null, failed.Why),
            _ => (false, null, null),
        };
    }
}

/// <summary>What DNS says of a host's TLSA records.</summary>
internal abstract record TlsaResult
{
    private TlsaResult() { } // closed: every case is below

    /// <summary>There are none that count: DANE does not apply.</summary>
    public static TlsaResult Nothing { get; } = new None();

    /// <summary>There are some, none of them usable.</summary>
    public static TlsaResult NoUsable { get; } = new Unusable();

    /// <summary>See <see cref="Nothing"/>.</summary>
    public sealed record None : TlsaResult;

    /// <summary>See <see cref="NoUsable"/>: TLS is required, its certificate does not count. RFC 7672 §2.2.</summary>
    public sealed record Unusable : TlsaResult;

    /// <summary>The server must fit one of these.</summary>
    /// <param name="Records">At least one.</param>
    /// <param name="Names">What the certificate may be for, where names count: RFC 7672 §3.2.2.</param>
    public sealed record Usable(ImmutableArray<TlsaRecord> Records, ImmutableArray<string> Names) : TlsaResult;

    /// <summary>Nobody knows: the host is not connected to.</summary>
    public sealed record Failed(string Why) : TlsaResult;
}
