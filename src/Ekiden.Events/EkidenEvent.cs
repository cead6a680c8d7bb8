using Ekiden.Mail;

namespace Ekiden.Events;

/// <summary>One thing that happened, as search, webhooks and sinks read it.</summary>
public sealed record EkidenEvent
{
    /// <summary>Its name, and its place in the log.</summary>
    public required EventId Id { get; init; }

    /// <summary>What happened.</summary>
    public required EventType Type { get; init; }

    /// <summary>When, by the wall clock, in milliseconds.</summary>
    public DateTimeOffset At => Id.At;

    /// <summary>Whose it is; null for what concerns the installation.</summary>
    public string? Account { get; init; }

    /// <summary>The stream of the message.</summary>
    public string? Stream { get; init; }

    /// <summary>The message; null when it is about none.</summary>
    public MessageId? Message { get; init; }

    /// <summary>The batch of the message; null without one.</summary>
    public string? Batch { get; init; }

    /// <summary>The place of the recipient in the envelope; null when it is about none.</summary>
    public int? Place { get; init; }

    /// <summary>The recipient's address.</summary>
    public string? Recipient { get; init; }

    /// <summary>Who receives for it, such as <c>gmail</c>.</summary>
    public string? Provider { get; init; }

    /// <summary>The envelope's sender; null for the null sender.</summary>
    public string? From { get; init; }

    /// <summary>The message's subject, decoded; null when it is not known.</summary>
    public string? Subject { get; init; }

    /// <summary>The message's tags as a JSON array; null without any.</summary>
    public string? TagsJson { get; init; }

    /// <summary>The sender's own words as a JSON object; null without any.</summary>
    public string? MetadataJson { get; init; }

    /// <summary>How often delivery was tried, this attempt included; 0 when it is about none.</summary>
    public int Attempt { get; init; }

    /// <summary>Milliseconds from acceptance to the event; null when it is about no attempt.</summary>
    public long? QueuedMilliseconds { get; init; }

    /// <summary>Milliseconds that the attempt took.</summary>
    public long? AttemptMilliseconds { get; init; }

    /// <summary>When it is tried again.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    /// <summary>The attempt may have delivered it all the same (RFC 1047).</summary>
    public bool PossibleDuplicate { get; init; }

    /// <summary>A notice that came back later told of it, not the reply of a server.</summary>
    public bool IsAsynchronous { get; init; }

    /// <summary>The peer's reply code; null when none spoke.</summary>
    public int? ReplyCode { get; init; }

    /// <summary>The enhanced status, such as <c>5.1.1</c>.</summary>
    public string? EnhancedStatus { get; init; }

    /// <summary>The peer's words, or what happened in plain words.</summary>
    public string? Text { get; init; }

    /// <summary>Where in the conversation: connect, tls, ehlo, mail, rcpt, data, eom.</summary>
    public string? Phase { get; init; }

    /// <summary>The peer's host, its address, our address, TLS protocol; empty parts where not known.</summary>
    public EventPeer? Peer { get; init; }

    /// <summary>What the failure is about, in the words of api.md §5.</summary>
    public string? Class { get; init; }

    /// <summary>Members of <c>data</c> that only this kind of event has, as a JSON object; null without any.</summary>
    public string? ExtraJson { get; init; }
}

/// <summary>The two ends of a connection; empty text where a part is not known.</summary>
public sealed record EventPeer(string Host, string Address, string SourceAddress, string Tls)
{
    /// <summary>In one text, as it is stored.</summary>
    internal string ToText() => $"{Host}\n{Address}\n{SourceAddress}\n{Tls}";

    internal static EventPeer? FromText(string? text)
    {
        var parts = text?.Split('\n');
        return parts is [var host, var address, var source, var tls] ? new EventPeer(host, address, source, tls) : null;
    }
}
