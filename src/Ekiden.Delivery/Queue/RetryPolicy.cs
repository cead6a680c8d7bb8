using Ekiden.Delivery.Providers;
using Ekiden.Mail;

namespace Ekiden.Delivery.Queue;

/// <summary>The schedule in force, with its randomness and what the peer's words add.</summary>
internal sealed class RetryPolicy(RetrySchedule schedule, Random random, TimeProvider clock)
{
    private volatile RetrySchedule _schedule = schedule;

    /// <summary>The time.</summary>
    public TimeProvider Clock => clock;

    /// <summary>The schedule; replaced at a reload.</summary>
    public RetrySchedule Schedule { get => _schedule; set => _schedule = value; }

    /// <summary>A jitter, 0 to 1.</summary>
    public double Draw()
    {
        lock (random) return random.NextDouble();
    }

    /// <summary>The wait before the next attempt, with a jitter of its own.</summary>
    public TimeSpan NextDelay(DeferralReason reason, int attempts, SmtpReply? reply) =>
        NextDelay(reason, attempts, reply, Draw());

    /// <summary>The wait before the next attempt.</summary>
    public TimeSpan NextDelay(DeferralReason reason, int attempts, SmtpReply? reply, double jitter) =>
        _schedule.NextDelay(reason, attempts, reply is null ? null : RetryHint.Find(reply.Text), jitter);
}
