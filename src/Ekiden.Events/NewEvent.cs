using Ekiden.Mail;

namespace Ekiden.Events;

/// <summary>
/// An event that is no fact of the journal: a bounce that came back, a complaint, an unsubscription, a click, a change
/// of a list. What the message itself says (sender, subject, tags) is added from the log.
/// </summary>
/// <param name="Type">What happened.</param>
/// <param name="Account">Whose it is; null: the message's, or the installation's.</param>
public sealed record NewEvent(EventType Type, string? Account)
{
    /// <summary>The message; null when it is about none, or none is known.</summary>
    public MessageId? Message { get; init; }

    /// <summary>The place of the recipient in the envelope.</summary>
    public int? Place { get; init; }

    /// <summary>The recipient where <see cref="Place"/> is not known.</summary>
    public string? Recipient { get; init; }

    /// <summary>The stream where there is no message.</summary>
    public string? Stream { get; init; }

    /// <summary>A notice that came back told of it.</summary>
    public bool IsAsynchronous { get; init; }

    /// <summary>The reply code that the notice quotes.</summary>
    public int? ReplyCode { get; init; }

    /// <summary>The enhanced status.</summary>
    public string? EnhancedStatus { get; init; }

    /// <summary>The peer's words.</summary>
    public string? Text { get; init; }

    /// <summary>What the failure is about, in the words of api.md §5.</summary>
    public string? Class { get; init; }

    /// <summary>More members of <c>data</c>, as a JSON object.</summary>
    public string? ExtraJson { get; init; }
}
