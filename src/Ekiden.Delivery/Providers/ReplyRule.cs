using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Providers;

/// <summary>One rule of a pack: which replies it is about, and what they mean. An empty condition holds.</summary>
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

    /// <summary>Every condition holds for this reply. Never throws.</summary>
    public bool Matches(SmtpPhase phase, SmtpReply reply) =>
        (Codes.IsEmpty || HasCode(reply.Code))
        && (Phases.IsEmpty || Phases.Contains(phase))
        && (Statuses.IsEmpty || HasStatus(reply.Status))
        && (Texts.IsEmpty || HasText(reply.Text))
        && (Pattern is null || IsMatch(Pattern, reply.Text));

    private bool HasCode(int code)
    {
        foreach (var known in Codes)
        {
            if (known == code || known == code / 100) return true;
        }
        return false;
    }

    private bool HasStatus(EnhancedStatus? status)
    {
        if (status is not { } given) return false;
        foreach (var known in Statuses)
        {
            if (known.Matches(given)) return true;
        }
        return false;
    }

    private bool HasText(string text)
    {
        foreach (var words in Texts)
        {
            if (text.Contains(words, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    // A pattern that takes too long has not matched: the next rule is asked.
    private static bool IsMatch(Regex pattern, string text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }
}

/// <summary>An enhanced status in which parts may be open, such as 4.7.x.</summary>
/// <param name="Class">4 or 5.</param>
/// <param name="Subject">Null is any.</param>
/// <param name="Detail">Null is any.</param>
public readonly record struct StatusPattern(byte Class, short? Subject, short? Detail)
{
    /// <summary>The status is one of these.</summary>
    public bool Matches(EnhancedStatus status) =>
        status.Class == Class && (Subject ?? status.Subject) == status.Subject
        && (Detail ?? status.Detail) == status.Detail;
}

/// <summary>A reply that a server gave.</summary>
/// <param name="Phase">Where in the conversation.</param>
/// <param name="Reply">Its words.</param>
public sealed record RecordedReply(SmtpPhase Phase, SmtpReply Reply);
