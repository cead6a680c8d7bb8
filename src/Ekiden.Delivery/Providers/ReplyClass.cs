namespace Ekiden.Delivery.Providers;

/// <summary>What a receiving server's reply is about. A closed list; the words are those of api.md §5.</summary>
public enum ReplyClass : byte
{
    /// <summary>Nothing that is known.</summary>
    Undefined,

    /// <summary>2xx or 3xx: taken.</summary>
    Accepted,

    /// <summary>Not yet, because the server has not seen us before; never a bounce.</summary>
    Greylisted,

    /// <summary>SPF, DKIM or DMARC of the sender's domain.</summary>
    AuthFailure,

    /// <summary>The reputation of our address or domain.</summary>
    BadReputation,

    /// <summary>Our address is on a list.</summary>
    Blocked,

    /// <summary>A header or a part of the content cannot be taken.</summary>
    ContentError,

    /// <summary>The message breaks a limit of the recipient's.</summary>
    ExceedLimit,

    /// <summary>The lifetime is over.</summary>
    Expired,

    /// <summary>The recipient's own filter.</summary>
    Filtered,

    /// <summary>The recipient has another address now.</summary>
    HasMoved,

    /// <summary>The domain does not exist.</summary>
    HostUnknown,

    /// <summary>No room in the recipient's mailbox.</summary>
    MailboxFull,

    /// <summary>The message is larger than the server takes.</summary>
    MesgTooBig,

    /// <summary>The server's network or name service.</summary>
    NetworkError,

    /// <summary>The domain takes no mail (RFC 7505).</summary>
    NotAccept,

    /// <summary>The message is not as RFC 5322 wants it.</summary>
    NotCompliantRfc,

    /// <summary>A rule of the receiving site.</summary>
    PolicyViolation,

    /// <summary>The sender's address or domain is not wanted.</summary>
    Rejected,

    /// <summary>Our address needs a name that leads back to it.</summary>
    RequirePtr,

    /// <summary>TLS, sign-in.</summary>
    SecurityError,

    /// <summary>The content reads like spam.</summary>
    SpamDetected,

    /// <summary>Too much mail in too little time.</summary>
    Speeding,

    /// <summary>The mailbox exists and is switched off.</summary>
    Suspend,

    /// <summary>The server does not understand a command.</summary>
    SyntaxError,

    /// <summary>Trouble inside the server.</summary>
    SystemError,

    /// <summary>The server's disk is full.</summary>
    SystemFull,

    /// <summary>Too many connections at once.</summary>
    TooManyConn,

    /// <summary>There is no such mailbox.</summary>
    UserUnknown,

    /// <summary>The content carries malware.</summary>
    VirusDetected,
}
