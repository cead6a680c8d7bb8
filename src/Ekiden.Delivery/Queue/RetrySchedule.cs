using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Delivery.Queue;

/// <summary>
/// When a deferred recipient is tried again: 5, 10, 20, 40 and then every 67 minutes, unless the settings say
/// otherwise, ± 20 % so that what was deferred together does not return together; sooner where the reason says so.
/// </summary>
/// <remarks>
/// reliability.md §5.3, delivery.md §5 R1 to R3. RFC 5321 §4.5.4.1: sooner at first, then less often.
/// </remarks>
internal sealed class RetrySchedule
{
    private const double Spread = 0.2;

    private static readonly ImmutableArray<TimeSpan> Usual =
        [Minutes(5), Minutes(10), Minutes(20), Minutes(40), Minutes(67)];

    private static readonly ImmutableArray<TimeSpan> NameService = [Minutes(1), Minutes(2), Minutes(5)];

    // "Try again in 30 days" is not advice.
    private static readonly TimeSpan LongestHint = TimeSpan.FromHours(4);

    private readonly ImmutableArray<TimeSpan> _steps;

    /// <summary>The schedule of the settings; empty takes the usual one.</summary>
    public RetrySchedule(ImmutableArray<TimeSpan> steps) => _steps = steps.IsDefaultOrEmpty ? Usual : steps;

    /// <summary>The wait after the first attempt, before the spread.</summary>
    public TimeSpan First => _steps[0];

    /// <summary>The longest wait, before the spread.</summary>
    public TimeSpan Longest => _steps.Max();

    /// <summary>The wait before the next attempt.</summary>
    /// <param name="reason">Why the last one was deferred.</param>
    /// <param name="attempts">Attempts made so far, at least 1.</param>
    /// <param name="hint">What the peer asked for; null when it did not.</param>
    /// <param name="jitter">0 (20 % sooner) to 1 (20 % later).</param>
    public TimeSpan NextDelay(DeferralReason reason, int attempts, TimeSpan? hint, double jitter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1);
        // Ten seconds more than the peer asked for, never less (R2).
        if (hint is { } asked) return Min(asked, LongestHint) + TimeSpan.FromSeconds(10 * (1 + (Spread * jitter)));
        return StepFor(reason, attempts) * (1 - Spread + (2 * Spread * jitter));
    }

    private TimeSpan StepFor(DeferralReason reason, int attempts)
    {
        var step = _steps[Math.Min(attempts, _steps.Length) - 1];
        return reason switch
        {
            // Greylisting opens after some minutes; the second and later waits follow the schedule (DESIGN §11).
            DeferralReason.Greylisted when attempts == 1 => Min(step, Minutes(5)),
            DeferralReason.Dns => Min(step, NameService[Math.Min(attempts, NameService.Length) - 1]),
            _ => step,
        };
    }

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
