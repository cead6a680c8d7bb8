using System.Collections.Immutable;

namespace Ekiden.Mail;

/// <summary>From whom and to whom a message goes, and how: what MAIL and RCPT said. RFC 5321 §2.3.1.</summary>
/// <param name="Sender">The reverse-path; null is the null sender <c>&lt;&gt;</c>.</param>
/// <param name="Recipients">At least one, in the order they were given.</param>
public sealed record Envelope(Mailbox? Sender, ImmutableArray<EnvelopeRecipient> Recipients)
{
    /// <summary>BODY=8BITMIME was said: RFC 6152.</summary>
    public bool EightBit { get; init; }

    /// <summary>SMTPUTF8 was said: RFC 6531.</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>REQUIRETLS was said: RFC 8689.</summary>
    public bool RequireTls { get; init; }

    /// <summary>How much of the message a failure notice returns: RFC 3461 §4.3.</summary>
    public DsnReturn Return { get; init; }

    /// <summary>ENVID, decoded from xtext; null when the client gave none. RFC 3461 §4.4.</summary>
    public string? EnvelopeId { get; init; }
}

/// <summary>One recipient of an envelope.</summary>
/// <param name="Address">Where this recipient's mail goes.</param>
/// <param name="Notify">When the sender wants to be told: RFC 3461 §4.1.</param>
/// <param name="OriginalRecipient">
/// ORCPT as <c>type;address</c>, decoded from xtext; null when not given. RFC 3461 §4.2.
/// </param>
public sealed record EnvelopeRecipient(
    Mailbox Address, DsnNotify Notify = DsnNotify.Unspecified, string? OriginalRecipient = null);

/// <summary>
/// NOTIFY of RFC 3461 §4.1. <see cref="Unspecified"/> means failure (and, if a setting says so, delay).
/// </summary>
[Flags]
public enum DsnNotify : byte
{
    /// <summary>The client said nothing.</summary>
    Unspecified = 0,

    /// <summary>No notice whatever happens; stands alone.</summary>
    Never = 1,

    /// <summary>When it was delivered.</summary>
    Success = 2,

    /// <summary>When it failed.</summary>
    Failure = 4,

    /// <summary>When it is late.</summary>
    Delay = 8,
}

/// <summary>RET of RFC 3461 §4.3.</summary>
public enum DsnReturn : byte
{
    /// <summary>The client said nothing: headers.</summary>
    Unspecified,

    /// <summary>The whole message.</summary>
    Full,

    /// <summary>Headers only.</summary>
    Headers,
}
