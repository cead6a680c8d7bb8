namespace Ekiden.MailAuth.Dmarc;

/// <summary>What a domain wants done with mail that fails: RFC 9989 §4.7. Mildest first.</summary>
public enum DmarcPolicy : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Take it for suspicious.</summary>
    Quarantine,

    /// <summary>Refuse it.</summary>
    Reject,
}
