namespace Ekiden.MailAuth.Dkim;

/// <summary>What a signature is worth: the words of RFC 8601 §2.7.1, in lower case there.</summary>
public enum DkimResult : byte
{
    /// <summary>It is right, and nothing speaks against it.</summary>
    Pass,

    /// <summary>Header or body were changed, or another key made it.</summary>
    Fail,

    /// <summary>It was not looked at: there are more than <see cref="DkimVerifier.MaxSignatures"/>.</summary>
    Neutral,

    /// <summary>
    /// It may be right, but we do not accept such: expired, a short key, <c>l=</c>, several From fields.
    /// </summary>
    Policy,

    /// <summary>The signature or its key cannot be used, now or later: RFC 6376's PERMFAIL.</summary>
    PermError,

    /// <summary>The key cannot be had at the moment: RFC 6376's TEMPFAIL.</summary>
    TempError,
}
