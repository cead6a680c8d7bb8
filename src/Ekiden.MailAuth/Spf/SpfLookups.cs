using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Ekiden.Dns;

namespace Ekiden.MailAuth.Spf;

/// <summary>The questions of one check, within its limits: RFC 7208 §4.6.4.</summary>
internal sealed class SpfLookups(IResolver resolver, IPAddress client, CancellationToken cancel)
{
    /// <summary>Terms of one check that may ask: §4.6.4.</summary>
    internal const int MaxTerms = 10;

    private const int MaxVoid = 2;
    private const int MaxExchangers = 10;
    private const int MaxNames = 10;

    private int _terms;
    private int _void;

    /// <summary>What the term counted last went over or failed by, for people; empty: nothing of this kind.</summary>
    internal string Trouble { get; private set; } = "";

    /// <summary>One more term that asks; false when there were too many.</summary>
    internal bool TryCountTerm()
    {
        Trouble = "";
        if (++_terms <= MaxTerms) return true;
        Trouble = $"more than {MaxTerms} terms that need the name service";
        return false;
    }

    /// <summary>The text records of a name.</summary>
    internal async ValueTask<DnsAnswer<string>> FindTextAsync(string name) => SpfDomain.IsName(name)
        ? Note(await resolver.FindTextAsync(name, cancel))
        : new DnsAnswer<string>.NoSuchDomain(TimeSpan.Zero, IsAuthenticated: false);

    /// <summary>Has the host an address in the network of the client?</summary>
    internal async ValueTask<SpfMatch> MatchAddressAsync(string host, PrefixLengths prefix)
    {
        var answer = await FindAddressesAsync(host);
        return CountVoid(answer) ?? MatchAddress(answer, prefix);
    }

    /// <summary>Has one of the mail exchangers an address in the network of the client?</summary>
    internal async ValueTask<SpfMatch> MatchExchangerAsync(string domain, PrefixLengths prefix)
    {
        if (!SpfDomain.IsName(domain)) return CountVoid();
        var answer = Note(await resolver.FindMxAsync(domain, cancel));
        if (CountVoid(answer) is { } end) return end;
        if (answer is not DnsAnswer<MxRecord>.Found { Records: var exchangers }) return SpfMatch.No;
        if (exchangers.Length > MaxExchangers)
        {
            Trouble = $"more than {MaxExchangers} mail exchangers";
            return SpfMatch.PermError;
        }
        foreach (var exchanger in exchangers)
        {
            if (exchanger.IsNull) continue;
            var match = MatchAddress(await FindAddressesAsync(exchanger.Host), prefix);
            if (match != SpfMatch.No) return match;
        }
        return SpfMatch.No;
    }

    /// <summary>Has the name an IPv4 address, whatever the client's family?</summary>
    internal async ValueTask<SpfMatch> MatchExistenceAsync(string name)
    {
        if (!SpfDomain.IsName(name)) return CountVoid();
        var answer = Note(await resolver.FindIPv4Async(name, cancel));
        return CountVoid(answer) ?? (answer is DnsAnswer<IPAddress>.Found ? SpfMatch.Yes : SpfMatch.TempError);
    }

    /// <summary>Is one of the client's validated names in the domain? Trouble is no match: §5.5.</summary>
    internal async ValueTask<SpfMatch> MatchNameAsync(string domain)
    {
        var answer = await resolver.FindNamesAsync(client, cancel);
        if (CountVoid(answer) is { } end) return end;
        foreach (var name in Names(answer))
            if (SpfDomain.IsWithin(name, domain) && await IsValidatedAsync(name)) return SpfMatch.Yes;
        return SpfMatch.No;
    }

    /// <summary>
    /// What <c>%{p}</c> stands for: the domain itself, else a name in it, else any validated name, else
    /// <c>unknown</c>: §7.3.
    /// </summary>
    internal async ValueTask<string> FindClientNameAsync(string domain)
    {
        string? best = null;
        foreach (var name in Names(await resolver.FindNamesAsync(client, cancel)))
        {
            var isDomain = name.Equals(domain, StringComparison.OrdinalIgnoreCase);
            var isBetter = best is null || (!SpfDomain.IsWithin(best, domain) && SpfDomain.IsWithin(name, domain));
            if ((!isDomain && !isBetter) || !await IsValidatedAsync(name)) continue;
            if (isDomain) return name;
            best = name;
        }
        return best ?? "unknown";
    }

    // an empty answer to a term: more than two end the check
    private SpfMatch CountVoid()
    {
        if (++_void <= MaxVoid) return SpfMatch.No;
        Trouble = $"more than {MaxVoid} terms whose names have no records";
        return SpfMatch.PermError;
    }

    private SpfMatch? CountVoid<T>(DnsAnswer<T> answer) =>
        answer is DnsAnswer<T>.NoData or DnsAnswer<T>.NoSuchDomain ? CountVoid() : null;

    private async ValueTask<DnsAnswer<IPAddress>> FindAddressesAsync(string host)
    {
        if (!SpfDomain.IsName(host)) return new DnsAnswer<IPAddress>.NoSuchDomain(TimeSpan.Zero, false);
        return Note(client.AddressFamily == AddressFamily.InterNetwork
            ? await resolver.FindIPv4Async(host, cancel)
            : await resolver.FindIPv6Async(host, cancel));
    }

    private SpfMatch MatchAddress(DnsAnswer<IPAddress> answer, PrefixLengths prefix)
    {
        if (answer is DnsAnswer<IPAddress>.Failed) return SpfMatch.TempError;
        if (answer is not DnsAnswer<IPAddress>.Found { Records: var addresses }) return SpfMatch.No;
        var bits = client.AddressFamily == AddressFamily.InterNetwork ? prefix.IPv4 : prefix.IPv6;
        foreach (var address in addresses)
            if (AddressPrefix.IsShared(client, address, bits)) return SpfMatch.Yes;
        return SpfMatch.No;
    }

    private async ValueTask<bool> IsValidatedAsync(string name) =>
        MatchAddress(await FindAddressesAsync(name), new PrefixLengths(32, 128)) == SpfMatch.Yes;

    private static ImmutableArray<string> Names(DnsAnswer<string> answer)
    {
        if (answer is not DnsAnswer<string>.Found { Records: var names }) return [];
        return names.Length > MaxNames ? names[..MaxNames] : names;
    }

    private DnsAnswer<T> Note<T>(DnsAnswer<T> answer)
    {
        if (answer is DnsAnswer<T>.Failed failed) Trouble = failed.Why;
        return answer;
    }
}
