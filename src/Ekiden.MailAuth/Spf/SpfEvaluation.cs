using System.Text;
using Ekiden.Dns;

namespace Ekiden.MailAuth.Spf;

/// <summary>One check, its includes and redirects: <c>check_host()</c> of RFC 7208 §4.</summary>
internal sealed class SpfEvaluation(SpfLookups lookups, MacroValues values)
{
    private MacroString? _explanation; // of the record whose directive decided
    private string _explainedDomain = "";

    /// <summary>What decided, for people.</summary>
    internal string Why { get; private set; } = "";

    /// <summary>The result for a domain. Not endless: every include and redirect is a term that counts.</summary>
    internal async ValueTask<SpfResult> CheckHostAsync(string domain)
    {
        var answer = await lookups.FindTextAsync(domain);
        if (answer is DnsAnswer<string>.Failed failed) return End(SpfResult.TempError, $"{domain}: {failed.Why}");
        var records = answer is DnsAnswer<string>.Found found ? found.Records.Where(SpfRecordParser.IsRecord) : [];
        var texts = records.Take(2).ToArray();
        if (texts.Length == 0) return End(SpfResult.None, $"{domain} has no SPF record");
        if (texts.Length > 1) return End(SpfResult.PermError, $"{domain} has more than one SPF record");
        if (!SpfRecordParser.TryParse(texts[0], out var record, out var wrongTerm))
            return End(SpfResult.PermError, $"{domain}: \"{wrongTerm}\" is wrong");

        foreach (var directive in record.Directives)
        {
            var match = await MatchAsync(directive.Mechanism, domain);
            if (match == SpfMatch.No) continue;
            if (match != SpfMatch.Yes) return EndWith(match, $"{domain}: \"{directive.Text}\"");
            (_explanation, _explainedDomain) = (record.Explanation, domain);
            return End(directive.Result, $"{domain}: \"{directive.Text}\" matches");
        }
        return record.Redirect is null
            ? End(SpfResult.Neutral, $"{domain}: nothing matches")
            : await RedirectAsync(record.Redirect, domain);
    }

    /// <summary>The text for a refused client; null when there is none, or it cannot be had: §6.2.</summary>
    internal async ValueTask<string?> ExplainAsync()
    {
        if (_explanation is null || !CanExpand(_explanation)) return null;
        var name = await ExpandDomainAsync(_explanation, _explainedDomain);
        if (await lookups.FindTextAsync(name) is not DnsAnswer<string>.Found { Records: [var text] }) return null;
        if (!MacroParser.TryReadExplanation(text, out var explanation)) return null;
        await FindClientNameAsync(explanation, _explainedDomain);
        var expanded = values.Expand(explanation, _explainedDomain);
        return Ascii.IsValid(expanded) && expanded.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 ? expanded : null;
    }

    private async ValueTask<SpfMatch> MatchAsync(SpfMechanism mechanism, string domain)
    {
        if (mechanism is SpfMechanism.All) return SpfMatch.Yes;
        if (mechanism is SpfMechanism.Network network)
            return AddressPrefix.IsShared(values.Client, network.First, network.Prefix) ? SpfMatch.Yes : SpfMatch.No;

        if (!lookups.TryCountTerm()) return SpfMatch.PermError;
        var text = Target(mechanism);
        if (text is not null && !CanExpand(text)) return SpfMatch.No;
        var target = text is null ? domain : await ExpandDomainAsync(text, domain);
        return mechanism switch
        {
            SpfMechanism.Include => await IncludeAsync(target),
            SpfMechanism.Address address => await lookups.MatchAddressAsync(target, address.Prefix),
            SpfMechanism.Exchanger exchanger => await lookups.MatchExchangerAsync(target, exchanger.Prefix),
            SpfMechanism.Pointer => await lookups.MatchNameAsync(target),
            _ => await lookups.MatchExistenceAsync(target),
        };
    }

    private static MacroString? Target(SpfMechanism mechanism) => mechanism switch
    {
        SpfMechanism.Include include => include.Domain,
        SpfMechanism.Address address => address.Domain,
        SpfMechanism.Exchanger exchanger => exchanger.Domain,
        SpfMechanism.Pointer pointer => pointer.Domain,
        SpfMechanism.Exists exists => exists.Domain,
        _ => null,
    };

    // §5.2: only a pass matches; a domain without a record is a mistake
    private async ValueTask<SpfMatch> IncludeAsync(string target) => await CheckHostAsync(target) switch
    {
        SpfResult.Pass => SpfMatch.Yes,
        SpfResult.TempError => SpfMatch.TempError,
        SpfResult.PermError or SpfResult.None => SpfMatch.PermError,
        _ => SpfMatch.No,
    };

    // §6.1: a domain without a record is a mistake
    private async ValueTask<SpfResult> RedirectAsync(MacroString redirect, string domain)
    {
        if (!lookups.TryCountTerm()) return EndWith(SpfMatch.PermError, $"{domain}: redirect");
        if (!CanExpand(redirect))
            return End(SpfResult.PermError, $"{domain}: redirect needs a local part, which is not ASCII");
        var result = await CheckHostAsync(await ExpandDomainAsync(redirect, domain));
        return result == SpfResult.None ? SpfResult.PermError : result;
    }

    // A local part that is not ASCII has no place in a name: such terms do not match. RFC 8616 §4.
    private bool CanExpand(MacroString text) => !text.NeedsLocalPart || Ascii.IsValid(values.LocalPart);

    private async ValueTask<string> ExpandDomainAsync(MacroString text, string domain)
    {
        await FindClientNameAsync(text, domain);
        return values.ExpandDomain(text, domain);
    }

    private async ValueTask FindClientNameAsync(MacroString text, string domain)
    {
        if (text.NeedsClientName) values.ClientName = await lookups.FindClientNameAsync(domain);
    }

    private SpfResult EndWith(SpfMatch match, string place)
    {
        var trouble = lookups.Trouble.Length > 0 ? lookups.Trouble : Why;
        return End(match == SpfMatch.TempError ? SpfResult.TempError : SpfResult.PermError, $"{place}: {trouble}");
    }

    private SpfResult End(SpfResult result, string why)
    {
        Why = why;
        return result;
    }
}
