using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Providers;

/// <summary>What the code and the phase of a reply say, when no rule knows its status or its words.</summary>
internal static class CodeMeaning
{
    /// <summary>Taken.</summary>
    public static ReplyMeaning Accepted { get; } =
        new(ReplyClass.Accepted, [LimitScope.Message], new RetryAdvice.Never()) { Rule = "code" };

    private static readonly ReplyMeaning ClosesChannel = Of(ReplyClass.TooManyConn, isFinal: false);
    private static readonly ReplyMeaning RefusesUs = Of(ReplyClass.Blocked, isFinal: true);
    private static readonly ReplyMeaning NotNow = Of(ReplyClass.SystemError, isFinal: false);
    private static readonly ReplyMeaning SyntaxWrong = Of(ReplyClass.SyntaxError, isFinal: true);
    private static readonly ReplyMeaning SenderUnwanted = Of(ReplyClass.Rejected, isFinal: true);
    private static readonly ReplyMeaning Never = Of(ReplyClass.Undefined, isFinal: true);

    /// <summary>RFC 5321 §4.2.2 and §4.2.3, and whose turn it was.</summary>
    public static ReplyMeaning Of(SmtpPhase phase, SmtpReply reply) => reply.Code switch
    {
        // The channel closes: nearly always more connections or mail than the server wants (DESIGN §5).
        421 => ClosesChannel,
        < 500 => NotNow,
        // Before MAIL nobody has spoken of a sender or recipient: it is about us.
        _ when phase < SmtpPhase.Mail => RefusesUs,
        500 or 501 or 502 or 503 or 504 or 555 => SyntaxWrong,
        _ when phase == SmtpPhase.Mail => SenderUnwanted,
        _ => Never,
    };

    private static ReplyMeaning Of(ReplyClass value, bool isFinal) =>
        new(value, ReplyClasses.UsualScopes(value), ReplyClasses.UsualRetry(value, isFinal)) { Rule = "code" };
}
