namespace Ekiden.MailAuth.Arc;

/// <summary>What a chain of ARC sets is worth: the words of RFC 8617 §4.4, in lower case there.</summary>
public enum ArcResult : byte
{
    /// <summary>There is no chain.</summary>
    None,

    /// <summary>Everybody who passed the message on sealed it, and the last saw what we see.</summary>
    Pass,

    /// <summary>The chain is broken; it says nothing.</summary>
    Fail,
}

/// <summary>What came of verifying a chain.</summary>
/// <param name="Result">One word (<c>cv</c>).</param>
/// <param name="Why">For people: what is wrong; null for a pass. Never holds text of the message.</param>
/// <param name="Instances">Sets in the chain; 0 when there is none, or it cannot be counted.</param>
public sealed record ArcVerdict(ArcResult Result, string? Why, int Instances)
{
    /// <summary>Who sealed last (<c>d=</c>), when the chain passes; else null.</summary>
    public string? Sealer { get; init; }

    /// <summary>
    /// The last seal says itself that the chain was broken: nobody may add to it (RFC 8617 §5.1.1.3).
    /// </summary>
    public bool IsClosed { get; init; }
}
