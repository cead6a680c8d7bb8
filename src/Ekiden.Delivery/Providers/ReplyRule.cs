using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Providers;

/// <summary>One rule of a pack: which replies it is about, and what they mean. Conditions that are empty hold.</summary>
/// <param name="Name">Unique in its pack.</param>
/// <param name="Meaning">What a matching reply means, without a wait.</param>
public sealed record ReplyRule(string Name, ReplyMeaning Meaning)
{
    /// <summary>Reply codes; one below 10 stands for all codes that begin with it.</summary>
    public ImmutableArray<int> Codes { get; init; } = [];

    /// <summary>Enhanced statuses.</summary>
    public ImmutableArray<StatusPattern> Statuses { get; init; } = [];

    /// <summary>Where in the conversation.</summary>
    public ImmutableArray<SmtpPhase> Phases { get; init; } = [];

    /// <summary>One of these is in the text, in any case of letters.</summary>
    public ImmutableArray<string> Texts { get; init; } = [];

    /// <summary>The text matches; null: no matter. Has a match timeout.</summary>
    public Regex? Pattern { get; init; }

    /// <summary>Replies as they were recorded.</summary>
    public ImmutableArray<RecordedReply> Examples { get; init; } = [];
}

/// <summary>An enhanced status in which parts may be open, such as 4.7.x.</summary>
/// <param name="Class">4 or 5.</param>
/// <param name="Subject">Null is any.</param>
/// <param name="Detail">Null is any.</param>
public readonly record struct StatusPattern(byte Class, short? Subject, short? Detail);

/// <summary>A reply that a server gave.</summary>
/// <param name="Phase">Where in the conversation.</param>
/// <param name="Reply">Its words.</param>
public sealed record RecordedReply(SmtpPhase Phase, SmtpReply Reply);
