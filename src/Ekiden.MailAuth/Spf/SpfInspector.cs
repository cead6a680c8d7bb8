using Ekiden.Dns;

namespace Ekiden.MailAuth.Spf;

/// <summary>
/// Reads what a domain publishes without a client to check: how many lookups it costs in the worst case, whom it
/// includes, how it ends. Includes whose names depend on the client are counted, not followed. Thread-safe.
/// </summary>
/// <param name="resolver">Whom to ask.</param>
public sealed class SpfInspector(IResolver resolver)
{
    private const int MaxRecords = 50; // far beyond the ten that receivers read

    /// <summary>Inspects a domain. Only <paramref name="cancel"/> throws.</summary>
    /// <param name="domain">In A-label form.</param>
    public async Task<SpfInspection> InspectAsync(string domain, CancellationToken cancel)
    {
        var visit = new Visit();
        var (text, all) = await ReadAsync(domain, visit, cancel);
        if (visit.Lookups > SpfLookups.MaxTerms)
            visit.Problem ??= $"{visit.Lookups} lookups; receivers stop after {SpfLookups.MaxTerms}";
        return new SpfInspection(text, visit.Problem)
        {
            Lookups = visit.Lookups,
            Includes = [.. visit.Includes],
            All = all,
        };
    }

    private async ValueTask<(string? Text, SpfResult? All)> ReadAsync(
        string domain, Visit visit, CancellationToken cancel)
    {
        var answer = await resolver.FindTextAsync(domain, cancel);
        if (answer is DnsAnswer<string>.Failed failed) visit.Problem ??= $"{domain}: {failed.Why}";
        if (answer is not DnsAnswer<string>.Found found) return (null, null);
        var texts = found.Records.Where(SpfRecordParser.IsRecord).ToArray();
        if (texts.Length > 1) visit.Problem ??= $"{domain} has more than one SPF record";
        if (texts.Length != 1) return (null, null);
        if (!SpfRecordParser.TryParse(texts[0], out var record, out var wrongTerm))
        {
            visit.Problem ??= $"{domain}: \"{wrongTerm}\" is wrong";
            return (texts[0], null);
        }
        return (texts[0], await FollowAsync(record, visit, cancel));
    }

    private async ValueTask<SpfResult?> FollowAsync(SpfRecord record, Visit visit, CancellationToken cancel)
    {
        SpfResult? all = null;
        foreach (var directive in record.Directives)
        {
            if (directive.Mechanism is SpfMechanism.All) all ??= directive.Result;
            if (directive.Mechanism is SpfMechanism.All or SpfMechanism.Network) continue;
            visit.Lookups++;
            if (directive.Mechanism is SpfMechanism.Include include) await FollowAsync(include.Domain, visit, cancel);
        }
        if (all is not null || record.Redirect is null) return all;
        visit.Lookups++;
        return await FollowAsync(record.Redirect, visit, cancel);
    }

    private async ValueTask<SpfResult?> FollowAsync(MacroString target, Visit visit, CancellationToken cancel)
    {
        if (target.Pieces is not [MacroPiece.Literal { Text: var name }]) return null;
        name = name.TrimEnd('.');
        visit.Includes.Add(name);
        if (visit.Includes.Count > MaxRecords) return null;
        var (text, all) = await ReadAsync(name, visit, cancel);
        if (text is null) visit.Problem ??= $"{name} has no SPF record";
        return all;
    }

    /// <summary>What was seen so far.</summary>
    private sealed class Visit
    {
        internal int Lookups { get; set; }

        internal List<string> Includes { get; } = [];

        internal string? Problem { get; set; }
    }
}
