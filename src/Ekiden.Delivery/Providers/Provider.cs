using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Providers;

/// <summary>Who receives behind a site, and what is known of it.</summary>
/// <param name="Pack">Start values, caps, address family, meanings of replies.</param>
/// <param name="GeneralRules">Rules for replies that the pack has none for: those of the pack <c>default</c>.</param>
public sealed record Provider(ProviderPack Pack, ImmutableArray<ReplyRule> GeneralRules)
{
    // What a reply says, it says at its beginning: the rest of a flood is not looked at.
    private const int MaxText = 2048;

    /// <summary>The one that nothing special is known of, by the packs that come with the program.</summary>
    public static Provider Default => ProviderPacks.BuiltIn.Default;

    /// <summary>A short word, for logs, metrics and the API: <c>gmail</c>, <c>docomo</c>, <c>default</c>.</summary>
    public string Name => Pack.Name;

    /// <summary>
    /// What a reply means: the first rule of the pack that matches, else the first general one, else what its code and
    /// phase say. Never throws, and takes bounded time whatever the text.
    /// </summary>
    /// <param name="phase">Where in the conversation it was said.</param>
    /// <param name="reply">Any reply, positive ones too.</param>
    public ReplyMeaning MeaningOf(SmtpPhase phase, SmtpReply reply)
    {
        if (reply.IsPositive) return CodeMeaning.Accepted;
        var text = FirstWords(reply.Text);
        var rule = FirstMatch(Pack.Rules, phase, reply, text) ?? FirstMatch(GeneralRules, phase, reply, text);
        var meaning = rule is null ? CodeMeaning.Of(phase, reply) : reply.IsPermanent ? rule.Final : rule.Transient;
        return RetryHint.Find(text) is { } wait ? meaning with { Wait = wait } : meaning;
    }

    /// <summary>What the words of a reply are compared with: its first lines, as one.</summary>
    internal static string FirstWords(string text)
    {
        if (text.Length > MaxText) text = text[..MaxText];
        return text.Replace('\n', ' ');
    }

    /// <summary>The first rule that matches; null when none does.</summary>
    internal static ReplyRule? FirstMatch(
        ImmutableArray<ReplyRule> rules, SmtpPhase phase, SmtpReply reply, string text)
    {
        foreach (var rule in rules)
        {
            if (rule.Matches(phase, reply, text)) return rule;
        }
        return null;
    }
}
