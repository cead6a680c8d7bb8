using System.Diagnostics.CodeAnalysis;

namespace Ekiden.MailAuth.Dmarc;

/// <summary>What a domain publishes at <c>_dmarc</c>: RFC 9989 §4.7.</summary>
/// <remarks>
/// Only the version must be right; unknown tags and mistakes in the rest are passed over (§4.7), and the removed tags
/// of RFC 7489 (<c>pct</c>, <c>rf</c>, <c>ri</c>) are unknown ones.
/// </remarks>
internal sealed record DmarcRecord
{
    /// <summary><c>p</c>: for the domain itself; none without.</summary>
    public DmarcPolicy Policy { get; private init; }

    /// <summary><c>sp</c>: for domains below it that exist.</summary>
    public DmarcPolicy? Subdomains { get; private init; }

    /// <summary><c>np</c>: for domains below it that do not exist.</summary>
    public DmarcPolicy? MissingSubdomains { get; private init; }

    /// <summary><c>adkim=s</c>: only the very same domain aligns.</summary>
    public bool IsDkimStrict { get; private init; }

    /// <summary><c>aspf=s</c>: only the very same domain aligns.</summary>
    public bool IsSpfStrict { get; private init; }

    /// <summary><c>t=y</c>: the policy is being tested.</summary>
    public bool IsTesting { get; private init; }

    /// <summary><c>psd</c>: <c>y</c> a public suffix, <c>n</c> an organizational domain, else <c>u</c>.</summary>
    public char PublicSuffix { get; private init; } = 'u';

    /// <summary>
    /// A policy is published that cannot be understood, and nobody is to be told: no DMARC at all (§4.10.1).
    /// </summary>
    public bool IsUnusable { get; private init; }

    internal static bool TryParse(string text, [NotNullWhen(true)] out DmarcRecord? record)
    {
        record = null;
        var tags = new Dictionary<string, string>();
        foreach (var part in text.Split(';'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? "" : part[..equals].Trim(' ', '\t').ToLowerInvariant();
            var value = part[(equals + 1)..].Trim(' ', '\t');
            if (tags.Count == 0 && (name != "v" || value != "DMARC1")) return false;
            tags.TryAdd(name, value);
        }

        var policy = tags.TryGetValue("p", out var p) ? ReadPolicy(p) : DmarcPolicy.None;
        var subdomains = tags.TryGetValue("sp", out var sp) ? ReadPolicy(sp) : null;
        var missing = tags.TryGetValue("np", out var np) ? ReadPolicy(np) : null;
        var isWrong = policy is null || (sp is not null && subdomains is null) || (np is not null && missing is null);
        record = new DmarcRecord
        {
            // wrong policies with an address for reports are "none": the owner shall learn of it
            Policy = isWrong ? DmarcPolicy.None : policy!.Value, // not null unless it is wrong
            Subdomains = isWrong ? null : subdomains,
            MissingSubdomains = isWrong ? null : missing,
            IsUnusable = isWrong && !HasAddress(tags.GetValueOrDefault("rua")),
            IsDkimStrict = Is(tags, "adkim", "s"),
            IsSpfStrict = Is(tags, "aspf", "s"),
            IsTesting = Is(tags, "t", "y"),
            PublicSuffix = Is(tags, "psd", "y") ? 'y' : Is(tags, "psd", "n") ? 'n' : 'u',
        };
        return true;
    }

    private static DmarcPolicy? ReadPolicy(string word) => word.ToLowerInvariant() switch
    {
        "none" => DmarcPolicy.None,
        "quarantine" => DmarcPolicy.Quarantine,
        "reject" => DmarcPolicy.Reject,
        _ => null,
    };

    private static bool HasAddress(string? list) =>
        list is not null && list.Split(',').Any(uri => Uri.TryCreate(uri.Trim(), UriKind.Absolute, out _));

    private static bool Is(Dictionary<string, string> tags, string name, string value) =>
        tags.TryGetValue(name, out var found) && found.Equals(value, StringComparison.OrdinalIgnoreCase);
}
