using System.Collections.Immutable;
using Ekiden.MailAuth.Arc;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Dmarc;
using Ekiden.MailAuth.Spf;

namespace Ekiden.MailAuth;

/// <summary>Everything that was found about who sent a message.</summary>
public sealed record AuthenticationFindings
{
    /// <summary>SPF of MAIL FROM or HELO; null when it was not checked.</summary>
    public SpfVerdict? Spf { get; init; }

    /// <summary>Every DKIM signature; empty when there is none.</summary>
    public ImmutableArray<DkimVerdict> Dkim { get; init; } = [];

    /// <summary>DMARC of the author's domain; null when it was not evaluated.</summary>
    public DmarcVerdict? Dmarc { get; init; }

    /// <summary>The ARC chain; null when it was not verified.</summary>
    public ArcVerdict? Arc { get; init; }
}
