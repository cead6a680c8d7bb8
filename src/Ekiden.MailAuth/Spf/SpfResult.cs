namespace Ekiden.MailAuth.Spf;

/// <summary>
/// What SPF says about a client and a domain: RFC 7208 §2.6. The words of the field are in lower case.
/// </summary>
public enum SpfResult : byte
{
    /// <summary>There is no domain to ask about, or it publishes no record.</summary>
    None,

    /// <summary>The domain says nothing about this client, on purpose or because nothing matched.</summary>
    Neutral,

    /// <summary>The client may use the domain.</summary>
    Pass,

    /// <summary>The client may not use the domain.</summary>
    Fail,

    /// <summary>The client probably may not use the domain.</summary>
    SoftFail,

    /// <summary>Trouble that passes, mostly of the name service: nothing is known.</summary>
    TempError,

    /// <summary>The published records are wrong, or ask for more than the limits allow.</summary>
    PermError,
}
