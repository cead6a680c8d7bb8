namespace Ekiden.Delivery.Routes;

/// <summary>What earlier name service answers said of one domain; used by one search at a time.</summary>
internal sealed class DomainMemory
{
    private DateTimeOffset? _missingSince;

    /// <summary>There is something to remember that another answer will need.</summary>
    public bool IsWorthKeeping => _missingSince is not null;

    /// <summary>An answer showed that the domain exists.</summary>
    public void DomainExists() => _missingSince = null;

    /// <summary>
    /// An answer says that the domain does not exist: since when they say so without another in between.
    /// </summary>
    public DateTimeOffset MissingSince(DateTimeOffset now) => _missingSince ??= now;
}
