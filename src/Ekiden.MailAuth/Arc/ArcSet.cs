using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.MailAuth.Arc;

/// <summary>The three fields that one sealer added: RFC 8617 §4.2.</summary>
/// <param name="Results">ARC-Authentication-Results.</param>
/// <param name="Message">ARC-Message-Signature.</param>
/// <param name="Seal">ARC-Seal.</param>
internal sealed record ArcSet(HeaderField Results, ArcField Message, ArcField Seal);

/// <summary>A signed field of a set.</summary>
/// <param name="Field">Where it lies.</param>
/// <param name="Tags">What it says.</param>
internal sealed record ArcField(HeaderField Field, TagList Tags);
