using Ekiden.Delivery.Queue;
using Ekiden.Mail;

namespace Ekiden.Delivery.Tests.Queue;

public sealed class RetryScheduleTests
{
    // reliability.md §5.3: 5, 10, 20, 40, then at most 67 min.
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(3, 20)]
    [InlineData(4, 40)]
    [InlineData(5, 67)]
    [InlineData(500, 67)]
    public void The_usual_waits_double_up_to_67_minutes(int attempts, int minutes) =>
        Assert.Equal(
            TimeSpan.FromMinutes(minutes), new RetrySchedule([]).NextDelay(DeferralReason.Reply, attempts, null, 0.5));

    [Theory]
    [InlineData(0.0, 240)]
    [InlineData(1.0, 360)]
    public void A_wait_is_spread_by_a_fifth_to_both_sides(double jitter, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds),
            new RetrySchedule([]).NextDelay(DeferralReason.Reply, 1, null, jitter));

    [Theory]
    [InlineData(DeferralReason.Dns, 1, 60)]
    [InlineData(DeferralReason.Dns, 9, 300)]
    [InlineData(DeferralReason.Greylisted, 1, 300)]
    [InlineData(DeferralReason.Greylisted, 2, 600)]
    [InlineData(DeferralReason.NoConnection, 2, 600)]
    [InlineData(DeferralReason.ConnectionLost, 1, 300)]
    public void The_reason_chooses_the_wait(DeferralReason reason, int attempts, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new RetrySchedule([]).NextDelay(reason, attempts, null, 0.5));

    [Fact]
    public void Settings_replace_the_waits_and_the_last_one_repeats()
    {
        var schedule = new RetrySchedule([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)]);
        Assert.Equal(TimeSpan.FromSeconds(1), schedule.NextDelay(DeferralReason.Reply, 1, null, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(3), schedule.NextDelay(DeferralReason.Reply, 2, null, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(3), schedule.NextDelay(DeferralReason.Dns, 7, null, 0.5));
    }

    // delivery.md R2.
    [Theory]
    [InlineData(0.0, 310)]
    [InlineData(1.0, 312)]
    public void A_hint_is_kept_and_ten_seconds_added(double jitter, int seconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            new RetrySchedule([]).NextDelay(DeferralReason.Throttled, 1, TimeSpan.FromSeconds(300), jitter));

    [Fact]
    public void A_hint_of_days_is_four_hours() =>
        Assert.True(new RetrySchedule([])
            .NextDelay(DeferralReason.Reply, 1, TimeSpan.FromDays(9), 0) < TimeSpan.FromHours(5));

    [Fact]
    public void There_is_no_wait_before_the_first_attempt() =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new RetrySchedule([]).NextDelay(DeferralReason.Reply, 0, null, 0));
}
