namespace Ekiden.MailAuth.Spf;

/// <summary>What came of one check.</summary>
/// <param name="Result">One word.</param>
/// <param name="Domain">
/// The domain that was asked about, in A-label form: of MAIL FROM, or of HELO when that is empty. As it was sent when
/// it is no domain; DMARC aligns with it.
/// </param>
/// <param name="Why">What decided, in a few words for logs and people; may hold text from the domain's record.</param>
/// <param name="Explanation">
/// The domain's own text for those it refuses (<c>exp=</c>, RFC 7208 §6.2), printable ASCII; null when the result is
/// not <see cref="SpfResult.Fail"/>, or there is none that can be used.
/// </param>
public sealed record SpfVerdict(SpfResult Result, string Domain, string Why, string? Explanation)
{
    /// <summary>MAIL FROM was empty: the name of HELO was checked.</summary>
    public bool IsHelo { get; init; }
}
