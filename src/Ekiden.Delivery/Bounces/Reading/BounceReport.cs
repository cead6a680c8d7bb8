using System.Collections.Immutable;
using System.Text.Json;
using Ekiden.Delivery.Providers;
using Ekiden.Mail;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>What a mail that came back says.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Results">One for each recipient it is about, in its order; empty when it is about none.</param>
public sealed record BounceReport(BounceKind Kind, ImmutableArray<BounceResult> Results)
{
    /// <summary>An ordinary mail.</summary>
    public static BounceReport Mail { get; } = new(BounceKind.Mail, []);

    /// <summary>It tells of mail that was not delivered, for now or for good.</summary>
    public bool IsBounce => Kind is BounceKind.Dsn or BounceKind.Text
        && Results.Any(result => result.Reason != BounceReason.Delivered);

    /// <summary>Who wrote the report, as it names itself; null when it does not.</summary>
    public string? ReportingMta { get; init; }

    /// <summary>The Message-ID of the mail it is about, without angle brackets; null when it is not told.</summary>
    public string? OriginalMessageId { get; init; }
}

/// <summary>What kind of mail came back.</summary>
public enum BounceKind : byte
{
    /// <summary>An ordinary mail: nothing came back.</summary>
    Mail,

    /// <summary>A delivery status notification that machines can read (RFC 3464), or a part of one.</summary>
    Dsn,

    /// <summary>A notice in words only.</summary>
    Text,

    /// <summary>A complaint or another report of RFC 5965, or a provider's own form of one.</summary>
    Arf,

    /// <summary>The recipient asks for no more mail.</summary>
    OptOut,

    /// <summary>A person's machine answered: RFC 3834.</summary>
    AutoReply,

    /// <summary>A machine that wants the sender to prove that it is a person.</summary>
    Challenge,
}

/// <summary>What came back about one recipient.</summary>
/// <param name="Recipient">The address that the mail was sent to, in lower case; null when it is not told.</param>
/// <param name="Reason">Why.</param>
public sealed record BounceResult(string? Recipient, BounceReason Reason)
{
    /// <summary>The address in the end, where the mail was passed on to another; else null.</summary>
    public string? FinalRecipient { get; init; }

    /// <summary>RFC 3463; null for reports and automatic replies.</summary>
    public EnhancedStatus? Status { get; init; }

    /// <summary>The reply code of the server that refused; null when no server's reply is told.</summary>
    public int? ReplyCode { get; init; }

    /// <summary>Given up; a later attempt is not made.</summary>
    public bool IsPermanent { get; init; }

    /// <summary>Not given up: it is only late so far.</summary>
    public bool IsDelay { get; init; }

    /// <summary>
    /// Given up because the address takes no mail: it does not exist, has moved, or its domain does not exist or takes
    /// none. Everything else may be different with the next mail.
    /// </summary>
    public bool IsHard => IsPermanent && Reason.Class
        is ReplyClass.UserUnknown or ReplyClass.HostUnknown or ReplyClass.HasMoved or ReplyClass.NotAccept;

    /// <summary>RFC 5965 §3.1, such as <c>abuse</c>; null when it is not a report.</summary>
    public string? FeedbackType { get; init; }

    /// <summary>What the server or program said, made safe to show; empty when nothing.</summary>
    public string Diagnostic { get; init; } = "";
}

/// <summary>Why mail came back: the classes of replies, and what only a report can say.</summary>
/// <param name="Word">The word of the public Sisimai vocabulary, such as <c>userunknown</c>.</param>
public sealed record BounceReason(string Word)
{
    private static readonly Dictionary<ReplyClass, BounceReason> ByClass = Enum.GetValues<ReplyClass>()
        .ToDictionary(value => value, value => new BounceReason(WordOf(value)) { Class = value });

    /// <summary>A success notice: the mail arrived, or was passed on.</summary>
    public static BounceReason Delivered { get; } = new("delivered");

    /// <summary>A report, such as a complaint.</summary>
    public static BounceReason Feedback { get; } = new("feedback");

    /// <summary>A person's machine answered.</summary>
    public static BounceReason Vacation { get; } = new("vacation");

    /// <summary>The class of api.md §5; null for what is no failure.</summary>
    public ReplyClass? Class { get; private init; }

    /// <summary>The reason of a class.</summary>
    public static BounceReason Of(ReplyClass value) => ByClass[value];

    // Sisimai has no word for greylisting, and calls what says nothing "onhold".
    private static string WordOf(ReplyClass value) => value switch
    {
        ReplyClass.Accepted => "delivered",
        ReplyClass.Greylisted => "speeding",
        ReplyClass.Undefined => "onhold",
        _ => value.ToString().ToLowerInvariant(),
    };
}

/// <summary>The words of kinds.</summary>
public static class BounceKinds
{
    /// <summary>As <c>parse bounce</c> and the API write it, such as <c>auto-reply</c>.</summary>
    public static string Word(this BounceKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());
}
