using Ekiden.Mail.Dsn;

namespace Ekiden.Delivery.Bounces;

/// <summary>What the settings say about notices.</summary>
public sealed record NoticeOptions
{
    /// <summary>In which language the human part is.</summary>
    public DsnLanguage Language { get; init; } = DsnLanguage.Both;

    /// <summary>
    /// Everybody is told of mail that is late, as if DELAY had been asked for; off by default (delivery.md R6).
    /// </summary>
    public bool TellDelays { get; init; }

    /// <summary>When mail is late, from its acceptance.</summary>
    public TimeSpan LateAfter { get; init; } = TimeSpan.FromHours(4);

    /// <summary>How long a notice is tried: reliability.md §5.3.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(2);
}
