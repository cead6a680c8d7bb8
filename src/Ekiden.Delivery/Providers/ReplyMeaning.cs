using System.Collections.Immutable;

namespace Ekiden.Delivery.Providers;

/// <summary>What one reply of a receiving server means.</summary>
/// <param name="Class">What it is about.</param>
/// <param name="Scopes">Whom it concerns, the widest first; at least one.</param>
/// <param name="Retry">What to do.</param>
public sealed record ReplyMeaning(ReplyClass Class, ImmutableArray<LimitScope> Scopes, RetryAdvice Retry)
{
    /// <summary>How long the peer's words ask us to wait; null when they name no time.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>The pack and rule that said so, such as <c>gmail/rate</c>; for explanations.</summary>
    public required string Rule { get; init; }

    /// <summary>The recipient has failed: the same mail is not sent again.</summary>
    public bool IsPermanent => Retry is RetryAdvice.Never && Class is not ReplyClass.Accepted;

    /// <summary>The address takes no mail and may be suppressed (delivery.md B3).</summary>
    public bool MaySuppress => IsPermanent && Class.MaySuppress();

    /// <summary>The widest scope.</summary>
    public LimitScope Scope => Scopes[0];
}
