using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Delivery.Providers;

/// <summary>What the code and the enhanced status of a reply say, when no rule knows its words.</summary>
internal static class StatusMeaning
{
    /// <summary>The meaning by RFC 3463 (and the registrations that followed), else by the code alone.</summary>
    public static ReplyMeaning Of(SmtpReply reply)
    {
        var isFinal = reply.IsPermanent;
        if (reply.IsPositive) return new(ReplyClass.Accepted, [LimitScope.Message], Usual(isFinal)) { Rule = "code" };
        return new(ReplyClass.Undefined, ImmutableArray.Create(LimitScope.Message), Usual(isFinal)) { Rule = "code" };
    }

    private static RetryAdvice Usual(bool isFinal) => isFinal ? new RetryAdvice.Never() : new RetryAdvice.Schedule();
}
