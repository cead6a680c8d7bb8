using System.Collections.Frozen;
using Ekiden.Mail;

namespace Ekiden.Submission;

/// <summary>The domains whose mail ends here, and who reads it: <c>[local]</c> of the settings.</summary>
/// <param name="domains">A-label domains in lower case.</param>
/// <param name="recipients">
/// Whole addresses, or local parts that exist in each of them; in any case; <c>*</c> is everybody.
/// </param>
public sealed class LocalDomains(IEnumerable<string> domains, IEnumerable<string> recipients)
{
    // RFC 5321 §4.5.1 and RFC 2142 §4, §5: these always exist.
    private static readonly string[] AlwaysThere = ["postmaster", "abuse"];

    private readonly FrozenSet<string> _domains = domains.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly FrozenSet<string> _recipients =
        recipients.Concat(AlwaysThere).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whose postmaster reads what is sent to this host's own, RFC 5321 §4.5.1: the first domain in the alphabet; null
    /// when there is none.
    /// </summary>
    public string? PostmasterDomain { get; } = domains.Order(StringComparer.Ordinal).FirstOrDefault();

    /// <summary>Mail for this domain stays here.</summary>
    public bool Contains(string domain) => _domains.Contains(domain);

    /// <summary>Somebody reads this address's mail.</summary>
    public bool HasRecipient(Mailbox address) =>
        _recipients.Contains("*")
        // A quoted local part that looks like a whole address is not that address.
        || (!address.LocalPart.Contains('@', StringComparison.Ordinal) && _recipients.Contains(address.LocalPart))
        || _recipients.Contains($"{address.LocalPart}@{address.Domain}");
}
