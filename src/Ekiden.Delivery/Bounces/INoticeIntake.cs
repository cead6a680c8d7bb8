using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Delivery.Bounces;

/// <summary>
/// The door by which a notice becomes mail: signed, logged and counted like any other (STYLE §4). It does not commit:
/// the failure and the notice about it are committed together.
/// </summary>
public interface INoticeIntake
{
    /// <summary>
    /// The notice as an accepted message; when memory for mail is short, its content is on disk by then. The caller
    /// commits it or disposes its content.
    /// </summary>
    /// <exception cref="SpoolFullException">The spool has no room for it.</exception>
    ValueTask<JournalEntry.Accepted> PrepareAsync(Notice notice, CancellationToken cancel);
}

/// <summary>A notice to the sender of a message about some of its recipients: RFC 3464.</summary>
/// <param name="Id">Derived from the message, the recipients and the kind: made twice it is still one (F-R3).</param>
/// <param name="About">The message.</param>
/// <param name="Kind">What it says.</param>
/// <param name="Content">Headers and body, CRLF line ends.</param>
public sealed record Notice(MessageId Id, AcceptedMessage About, NoticeKind Kind, ReadOnlyMemory<byte> Content)
{
    /// <summary>The sender of that message; the notice itself has the null sender.</summary>
    public required Mailbox To { get; init; }

    /// <summary>When the notice is given up: dropped and counted, nobody is told (F-R5).</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The content has an address or header field in UTF-8: SMTPUTF8 is needed (RFC 6531).</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>The content has bytes over 127: 8BITMIME is needed (RFC 6152).</summary>
    public bool EightBit { get; init; }
}

/// <summary>What a notice says.</summary>
public enum NoticeKind : byte
{
    /// <summary>These recipients did not get it and will not.</summary>
    Failure,

    /// <summary>It was handed on to a server that does not tell more: RFC 3461 §5.2.</summary>
    Success,

    /// <summary>It is late, and is tried further.</summary>
    Delay,
}
