using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace Ekiden.Delivery.Providers;

/// <summary>What follows from a reply's class, where a rule does not say otherwise.</summary>
public static class ReplyClasses
{
    // When to look again at a source that a provider will not take mail from.
    private static readonly TimeSpan UnfitFor = TimeSpan.FromHours(1);

    private static readonly FrozenDictionary<ReplyClass, string> Words = Enum.GetValues<ReplyClass>()
        .ToFrozenDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    private static readonly FrozenDictionary<string, ReplyClass> ByWord =
        Words.ToFrozenDictionary(entry => entry.Value, entry => entry.Key);

    /// <summary>Every word, for messages.</summary>
    public static IEnumerable<string> AllWords => ByWord.Keys.Order(StringComparer.Ordinal);

    /// <summary>The word of api.md §5, such as <c>user_unknown</c>.</summary>
    public static string Word(this ReplyClass value) => Words[value];

    /// <summary>The class with that word; false when there is none.</summary>
    public static bool TryParse(string word, out ReplyClass value) => ByWord.TryGetValue(word, out value);

    /// <summary>
    /// A final reply of this class says that the address takes no mail, so that it may be suppressed (delivery.md B3).
    /// Authentication, reputation, policy and rate never do, nor does a filter of the recipient's (J5).
    /// </summary>
    public static bool MaySuppress(this ReplyClass value) => value
        is ReplyClass.UserUnknown or ReplyClass.HostUnknown or ReplyClass.HasMoved or ReplyClass.NotAccept
        or ReplyClass.Suspend;

    /// <summary>Whom such a reply usually concerns, the widest first.</summary>
    internal static ImmutableArray<LimitScope> UsualScopes(ReplyClass value) => value switch
    {
        ReplyClass.Speeding or ReplyClass.TooManyConn or ReplyClass.Blocked or ReplyClass.BadReputation
            or ReplyClass.RequirePtr or ReplyClass.Greylisted or ReplyClass.SecurityError => [LimitScope.Source],
        ReplyClass.AuthFailure => [LimitScope.DkimDomain, LimitScope.ReturnPathDomain],
        ReplyClass.Rejected => [LimitScope.ReturnPathDomain],
        ReplyClass.UserUnknown or ReplyClass.MailboxFull or ReplyClass.Filtered or ReplyClass.HasMoved
            or ReplyClass.Suspend or ReplyClass.ExceedLimit => [LimitScope.Mailbox],
        ReplyClass.HostUnknown or ReplyClass.NotAccept or ReplyClass.NetworkError or ReplyClass.SystemError
            or ReplyClass.SystemFull => [LimitScope.Site],
        _ => [LimitScope.Message],
    };

    /// <summary>
    /// What such a reply usually advises. One about our address or our pace says nothing about this recipient or mail:
    /// it never is final, not as a 5xx either (delivery.md R4).
    /// </summary>
    /// <param name="isFinal">It is a 5xx.</param>
    internal static RetryAdvice UsualRetry(ReplyClass value, bool isFinal) => value switch
    {
        ReplyClass.Greylisted => new RetryAdvice.SameSource(),
        ReplyClass.Speeding => new RetryAdvice.SlowDown(),
        ReplyClass.TooManyConn => new RetryAdvice.FewerConnections(),
        ReplyClass.Blocked or ReplyClass.BadReputation or ReplyClass.RequirePtr =>
            new RetryAdvice.OtherSource(UnfitFor),
        _ => isFinal ? new RetryAdvice.Never() : new RetryAdvice.Schedule(),
    };
}
