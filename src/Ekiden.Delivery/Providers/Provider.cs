using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Providers;

/// <summary>Who receives behind a site, and what is known of it.</summary>
/// <param name="Pack">Start values, caps, address family, meanings of replies.</param>
/// <param name="GeneralRules">Rules for replies that the pack has none for: those of the pack <c>default</c>.</param>
public sealed record Provider(ProviderPack Pack, ImmutableArray<ReplyRule> GeneralRules)
{
    /// <summary>The one that nothing special is known of.</summary>
    public static Provider Default { get; } = new(new ProviderPack("default", 1), []);

    /// <summary>A short word, for logs, metrics and the API: <c>gmail</c>, <c>docomo</c>, <c>default</c>.</summary>
    public string Name => Pack.Name;

    /// <summary>
    /// What a reply means: the first rule of the pack that matches, else the first general one, else what its status
    /// and code say. Never throws, and takes bounded time whatever the text.
    /// </summary>
    /// <param name="phase">Where in the conversation it was said.</param>
    /// <param name="reply">Any reply, positive ones too.</param>
    public ReplyMeaning MeaningOf(SmtpPhase phase, SmtpReply reply) =>
        reply.IsPositive ? StatusMeaning.Of(reply)
            : FirstMatch(Pack.Rules, phase, reply) ?? FirstMatch(GeneralRules, phase, reply) ?? StatusMeaning.Of(reply);

    private static ReplyMeaning? FirstMatch(ImmutableArray<ReplyRule> rules, SmtpPhase phase, SmtpReply reply)
    {
        foreach (var rule in rules)
        {
            if (rule.Matches(phase, reply)) return rule.Meaning;
        }
        return null;
    }
}
