using System.Buffers;
using Ekiden.Mail;

namespace Ekiden.Smtp.Client;

/// <summary>One transaction to send: an envelope's part for one server, and the content.</summary>
/// <param name="Sender">The reverse-path on the wire; null is <c>&lt;&gt;</c>.</param>
/// <param name="Recipients">At least one.</param>
/// <param name="Content">CRLF line ends, not dot-stuffed; asked for once a transaction.</param>
/// <param name="Size">Its length in bytes, for SIZE.</param>
public sealed record OutgoingMessage(
    Mailbox? Sender, IReadOnlyList<EnvelopeRecipient> Recipients, IOutgoingContent Content, long Size)
{
    /// <summary>The content has bytes over 127 in its body: BODY=8BITMIME is needed.</summary>
    public bool EightBit { get; init; }

    /// <summary>An address or header field is UTF-8: SMTPUTF8 is needed (RFC 6531).</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>REQUIRETLS: goes only to a server that announces it, over verified TLS: RFC 8689 §4.2.1.</summary>
    public bool RequireTls { get; init; }

    /// <summary>RET, passed on to a server with DSN.</summary>
    public DsnReturn Return { get; init; }

    /// <summary>ENVID, passed on to a server with DSN; null when none.</summary>
    public string? EnvelopeId { get; init; }
}

/// <summary>The content of an outgoing message: in memory at once, or piece by piece from disk.</summary>
public interface IOutgoingContent
{
    /// <summary>The whole content, when it is in memory.</summary>
    bool TryGetBuffered(out ReadOnlySequence<byte> content);

    /// <summary>The content piece by piece.</summary>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancel);
}

/// <summary>What the server said to one recipient of a transaction, in the end.</summary>
public abstract record RecipientResponse
{
    private RecipientResponse() { } // closed: every case is below

    /// <summary>The server answered 2xx to the final dot, and had accepted this recipient.</summary>
    public sealed record Taken(SmtpReply Reply) : RecipientResponse;

    /// <summary>The server answered 4xx or 5xx, to this recipient or to the whole transaction.</summary>
    public sealed record Refused(SmtpPhase Phase, SmtpReply Reply) : RecipientResponse;

    /// <summary>The connection broke, timed out, or the server talked nonsense.</summary>
    /// <param name="Phase">Where.</param>
    /// <param name="Why">In a few words, for logs and notices.</param>
    /// <param name="AfterDot">The final dot was sent, its reply not read: the mail may have been taken, RFC
    /// 1047.</param>
    public sealed record Broken(SmtpPhase Phase, string Why, bool AfterDot) : RecipientResponse;

    /// <summary>The server lacks an extension that this message needs; nothing was sent.</summary>
    /// <param name="Extension">SMTPUTF8, 8BITMIME, SIZE, REQUIRETLS.</param>
    public sealed record Unsupported(string Extension) : RecipientResponse;
}
