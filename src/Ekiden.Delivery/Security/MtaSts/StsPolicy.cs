using System.Collections.Immutable;

namespace Ekiden.Delivery.Security.MtaSts;

/// <summary>How a domain wants its mail to be carried: RFC 8461 §3.2.</summary>
/// <param name="Mode">What is done where a host does not fit.</param>
/// <param name="Hosts">
/// Its MX hosts in lower case and A-label form, <c>*.</c> in front for any one label; empty only with
/// <see cref="StsMode.None"/>.
/// </param>
/// <param name="MaxAge">How long it may be kept: 0 s to about a year.</param>
internal sealed record StsPolicy(StsMode Mode, ImmutableArray<string> Hosts, TimeSpan MaxAge)
{
    /// <summary>RFC 8461 §3.2: what a policy says beyond this counts as this.</summary>
    public static readonly TimeSpan LongestAge = TimeSpan.FromSeconds(31_557_600);

    /// <summary>Does the policy name this host? RFC 8461 §4.1.</summary>
    /// <param name="host">A-label form, any case, without a trailing dot.</param>
    public bool Names(string host)
    {
        foreach (var pattern in Hosts)
        {
            if (!pattern.StartsWith("*.", StringComparison.Ordinal))
            {
                if (host.Equals(pattern, StringComparison.OrdinalIgnoreCase)) return true;
                continue;
            }
            // the asterisk is one whole label, the leftmost: RFC 6125 §6.4.3
            var dot = host.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0 && host.AsSpan(dot).Equals(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }
}

/// <summary>The mode of a policy.</summary>
internal enum StsMode : byte
{
    /// <summary>As if there were no policy.</summary>
    None,

    /// <summary>Mail goes as without a policy; what would have failed is reported.</summary>
    Testing,

    /// <summary>Mail goes only to hosts that the policy names and whose certificate verifies.</summary>
    Enforce,
}
