using System.Collections.Immutable;
using Ekiden.Dns;

namespace Ekiden.MailAuth.Dmarc;

/// <summary>The records at and above a domain: the DNS tree walk of RFC 9989 §4.10.</summary>
/// <param name="Start">Where it began.</param>
/// <param name="Records">What was found, from the longest name to the shortest; at most 8.</param>
/// <param name="Failure">The name service did not answer one of the questions; null otherwise.</param>
internal sealed record TreeWalk(
    string Start, ImmutableArray<(string Domain, DmarcRecord Record)> Records, string? Failure)
{
    private const int MaxLabels = 8; // and so questions

    /// <summary>
    /// Walks from a domain in A-label form to the top of the tree, or to the first that ends the walk.
    /// </summary>
    internal static async ValueTask<TreeWalk> RunAsync(IResolver resolver, string start, CancellationToken cancel)
    {
        var records = ImmutableArray.CreateBuilder<(string, DmarcRecord)>();
        for (var domain = start; domain.Length > 0; domain = Parent(domain))
        {
            var answer = await resolver.FindTextAsync("_dmarc." + domain, cancel);
            if (answer is DnsAnswer<string>.Failed failed) return new TreeWalk(start, [], failed.Why);
            if (answer is not DnsAnswer<string>.Found found || Read(found) is not { } record) continue;
            records.Add((domain, record));
            // a public suffix that sends mail itself does not end its own walk
            if (record.PublicSuffix == 'n' || (record.PublicSuffix == 'y' && domain != start)) break;
        }
        return new TreeWalk(start, records.ToImmutable(), null);
    }

    /// <summary>The organizational domain: §4.10.2.</summary>
    internal string OrganizationalDomain
    {
        get
        {
            foreach (var (domain, record) in Records)
            {
                if (record.PublicSuffix == 'n') return domain;
                if (record.PublicSuffix == 'y' && domain != Start) return ChildOf(domain);
            }
            return Records.IsEmpty ? Start : Records[^1].Domain;
        }
    }

    /// <summary>
    /// Whose policy applies: the domain's own, else that of its organizational domain, else that of the public suffix
    /// above it (§4.10.1). Null when there is none.
    /// </summary>
    internal (string Domain, DmarcRecord Record)? Policy
    {
        get
        {
            if (Records.IsEmpty) return null;
            if (Records[0].Domain == Start) return Records[0];
            var organization = OrganizationalDomain;
            foreach (var found in Records)
                if (found.Domain == organization) return found;
            return Records[^1].Record.PublicSuffix == 'y' ? Records[^1] : null;
        }
    }

    // Several records at one name are none: §4.10, step 2.
    private static DmarcRecord? Read(DnsAnswer<string>.Found found)
    {
        DmarcRecord? only = null;
        foreach (var text in found.Records)
        {
            if (!DmarcRecord.TryParse(text, out var record)) continue;
            if (only is not null) return null;
            only = record;
        }
        return only;
    }

    // A long name is cut to 7 labels at once; after that one label goes each time.
    private static string Parent(string domain)
    {
        var labels = domain.Split('.');
        return string.Join('.', labels[Math.Max(1, labels.Length - (MaxLabels - 1))..]);
    }

    // The name one label below this one, towards the start.
    private string ChildOf(string domain)
    {
        var above = Start.Length - domain.Length - 1; // where the dot before the domain is
        return Start[(Start.LastIndexOf('.', above - 1) + 1)..];
    }
}
