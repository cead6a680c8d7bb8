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

    /// <summary>Mail for this domain stays here.</summary>
    public bool Contains(string domain) => _domains.Contains(domain);

    /// <summary>Somebody reads this address's mail.</summary>
    public bool HasRecipient(Mailbox address) =>
        _recipients.Contains(address.LocalPart)
        || _recipients.Contains("*")
        || _recipients.Contains($"{address.LocalPart}@{address.Domain}");
}
