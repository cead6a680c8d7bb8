using System.Buffers;
using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Providers;

/// <summary>One rule of a pack: which replies it is about, and what they mean. An empty condition holds.</summary>
/// <param name="Name">Unique in its pack.</param>
/// <param name="Transient">What a matching 4xx means.</param>
/// <param name="Final">What a matching 5xx means.</param>
public sealed record ReplyRule(string Name, ReplyMeaning Transient, ReplyMeaning Final)
{
    // Made when a reply first needs it: a start does not wait for what is seldom asked.
    private SearchValues<string>? _texts;

    /// <summary>Reply codes; one below 10 stands for all codes that begin with it.</summary>
    public ImmutableArray<int> Codes { get; init; } = [];

    /// <summary>Enhanced statuses.</summary>
    public ImmutableArray<StatusPattern> Statuses { get; init; } = [];

    /// <summary>Where in the conversation.</summary>
    public ImmutableArray<SmtpPhase> Phases { get; init; } = [];

    /// <summary>One of these is in the text, in any case of letters.</summary>
    public ImmutableArray<string> Texts { get; init; } = [];

    /// <summary>The text matches; null: no matter.</summary>
    public TextPattern? Pattern { get; init; }

    /// <summary>Replies as they were recorded.</summary>
    public ImmutableArray<RecordedReply> Examples { get; init; } = [];

    /// <summary>Every condition holds for this reply. Never throws.</summary>
    /// <param name="phase">Where it was said.</param>
    /// <param name="reply">Code and status.</param>
    /// <param name="text">Its words on one line, cut to what is looked at.</param>
    internal bool Matches(SmtpPhase phase, SmtpReply reply, string text) =>
        (Codes.IsEmpty || HasCode(reply.Code))
        && (Phases.IsEmpty || Phases.Contains(phase))
        && (Statuses.IsEmpty || HasStatus(reply.Status))
        && (Texts.IsEmpty || HasText(text))
        && (Pattern is null || Pattern.IsMatch(text));

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
        var texts = Volatile.Read(ref _texts);
        if (texts is null)
        {
            texts = SearchValues.Create(Texts.AsSpan(), StringComparison.OrdinalIgnoreCase);
            Volatile.Write(ref _texts, texts);
        }
        return text.AsSpan().ContainsAny(texts);
    }
}

/// <summary>An enhanced status in which parts may be open: 4.7.28, 4.7.x, x.2.2.</summary>
/// <param name="Class">4 or 5; null is both.</param>
/// <param name="Subject">0 to 999.</param>
/// <param name="Detail">0 to 999; null is any.</param>
public readonly record struct StatusPattern(byte? Class, short Subject, short? Detail)
{
    /// <summary>The status is one of these.</summary>
    public bool Matches(EnhancedStatus status) =>
        (Class ?? status.Class) == status.Class && status.Subject == Subject
        && (Detail ?? status.Detail) == status.Detail;
}

/// <summary>A reply that a server gave.</summary>
/// <param name="Phase">Where in the conversation.</param>
/// <param name="Reply">Its words.</param>
public sealed record RecordedReply(SmtpPhase Phase, SmtpReply Reply);
