using System.Collections.Immutable;

namespace Ekiden.Mail.Dsn;

/// <summary>
/// What a notice to the sender says: RFC 3464. Plain facts, so that whoever knows them can ask for one.
/// </summary>
public sealed record DsnNotice
{
    /// <summary>The notice's own id; gives its Message-ID and its boundary.</summary>
    public required MessageId Id { get; init; }

    /// <summary>The message it is about.</summary>
    public required MessageId About { get; init; }

    /// <summary>
    /// The envelope sender of that message, to whom the notice goes. The notice's own sender is null.
    /// </summary>
    public required Mailbox To { get; init; }

    /// <summary>Our host name: Reporting-MTA and the domain of MAILER-DAEMON.</summary>
    public required string HostName { get; init; }

    /// <summary>When the message was accepted.</summary>
    public required DateTimeOffset ArrivedAt { get; init; }

    /// <summary>When the notice is made.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>At least one; the notice speaks for all of them.</summary>
    public required ImmutableArray<DsnRecipient> Recipients { get; init; }

    /// <summary>The message's first bytes, at least its header block; nothing leaves the third part out.</summary>
    public ReadOnlyMemory<byte> Original { get; init; }

    /// <summary><see cref="Original"/> is the whole message.</summary>
    public bool IsOriginalComplete { get; init; }

    /// <summary>
    /// RET. Full returns the message when it is complete and at most 64 KiB; everything else its header.
    /// </summary>
    public DsnReturn Return { get; init; }

    /// <summary>ENVID, decoded; null when the client gave none.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>The message was accepted with SMTPUTF8, so its sender can read UTF-8 reports: RFC 6533.</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>In which language people are told.</summary>
    public DsnLanguage Language { get; init; } = DsnLanguage.Both;
}

/// <summary>What a notice says about one recipient: RFC 3464 §2.3.</summary>
/// <param name="Address">Final-Recipient.</param>
/// <param name="Action">What became of it.</param>
/// <param name="Status">Status.</param>
public sealed record DsnRecipient(Mailbox Address, DsnAction Action, EnhancedStatus Status)
{
    /// <summary>ORCPT as <c>type;address</c>, decoded; null when the client gave none.</summary>
    public string? OriginalRecipient { get; init; }

    /// <summary>The host that spoke, or did not answer; null when there was none.</summary>
    public string? RemoteMta { get; init; }

    /// <summary>What it said; null when no peer spoke.</summary>
    public SmtpReply? Reply { get; init; }

    /// <summary>What happened in plain words when no peer spoke; empty otherwise.</summary>
    public string Text { get; init; } = "";

    /// <summary>What it means to the sender; null: what the status says.</summary>
    public PlainSentence? Sentence { get; init; }

    /// <summary>When the last attempt ended; null before the first.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>With <see cref="DsnAction.Delayed"/>: until when it is tried again; null otherwise.</summary>
    public DateTimeOffset? WillRetryUntil { get; init; }
}

/// <summary>Action of RFC 3464 §2.3.3.</summary>
public enum DsnAction : byte
{
    /// <summary>It will not be delivered.</summary>
    Failed,

    /// <summary>It has not been delivered yet.</summary>
    Delayed,

    /// <summary>It was delivered into a mailbox.</summary>
    Delivered,

    /// <summary>It was handed to a server that sends no notices.</summary>
    Relayed,

    /// <summary>It was delivered to several others; this is the last notice.</summary>
    Expanded,
}

/// <summary><c>[bounce] language</c>.</summary>
public enum DsnLanguage : byte
{
    /// <summary>English, then Japanese.</summary>
    Both,

    /// <summary>English alone.</summary>
    English,

    /// <summary>Japanese alone.</summary>
    Japanese,
}

/// <summary>A notice ready for the spool.</summary>
/// <param name="Content">Header and body, CRLF line ends, no line over 998 bytes.</param>
/// <param name="EightBit">Its body holds bytes over 127 (a returned message did): BODY=8BITMIME.</param>
/// <param name="SmtpUtf8">Its header holds UTF-8: SMTPUTF8.</param>
public sealed record DsnMessage(ReadOnlyMemory<byte> Content, bool EightBit, bool SmtpUtf8);
