using Ekiden.Delivery.Security.MtaSts;

namespace Ekiden.Delivery.Security;

/// <summary>
/// What the receiving domain itself, by MTA-STS and DNSSEC, asks of every connection that carries its mail. Found for
/// each domain before domains meet in a site, so that no domain's policy touches another's mail.
/// </summary>
internal sealed record RouteSecurity
{
    /// <summary>The domain asks for nothing.</summary>
    public static RouteSecurity None { get; } = new();

    /// <summary>Its MTA-STS policy, testing or enforce; null without one.</summary>
    public StsPolicy? Sts { get; init; }

    /// <summary>The hosts came from an answer that DNSSEC vouches for, and some have TLSA records: RFC 7672
    /// §2.2.</summary>
    public bool UsesDane { get; init; }

    /// <summary>
    /// The names of the hosts are certain: from a signed MX record or the settings. REQUIRETLS needs that, or a policy
    /// (RFC 8689 §4.2.1).
    /// </summary>
    public bool HostsAreCertain { get; init; }

    /// <summary>
    /// Empty without a policy; otherwise the same for two domains of one site if, and only if, a connection for the one
    /// may carry the mail of the other.
    /// </summary>
    public string Key { get; private init; } = "";

    /// <summary>The same, with the key that it has for these hosts.</summary>
    public RouteSecurity For(IEnumerable<string> hosts)
    {
        if (Sts is null) return this with { Key = UsesDane ? "dane" : "" };
        // what counts is which hosts the policy names, not in what words
        var named = hosts.ToLookup(Sts.Names);
        var mode = Sts.Mode == StsMode.Enforce ? "sts" : "sts-testing";
        var refused = named[false].Any()
            ? " without " + string.Join(",", named[false].Order(StringComparer.Ordinal))
            : "";
        return this with { Key = (UsesDane ? "dane " : "") + mode + refused };
    }
}
