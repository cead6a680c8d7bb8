using Ekiden.Directory;
using Ekiden.Spool;

namespace Ekiden.Submission.Tests;

public sealed class QuotaTests
{
    private const string Mail = "From: <s@a.test>\r\n\r\nb\r\n";

    [Fact]
    public async Task An_hourly_quota_ends_with_the_hour()
    {
        await using var world = await StartAsync(new SendingQuota(null, 2, null)); // it is 09:30
        await TakesAsync(world, 2);
        world.Clock.Advance(TimeSpan.FromMinutes(30) - TimeSpan.FromSeconds(1));
        await TakesAsync(world, 0);
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        await TakesAsync(world, 2);
    }

    [Fact]
    public async Task A_daily_quota_ends_with_the_utc_day()
    {
        await using var world = await StartAsync(new SendingQuota(3, 2, null));
        await TakesAsync(world, 2);
        world.Clock.Advance(TimeSpan.FromHours(2));
        await TakesAsync(world, 1);
        world.Clock.Advance(new DateTimeOffset(2026, 4, 1, 23, 59, 59, TimeSpan.Zero) - world.Clock.GetUtcNow());
        await TakesAsync(world, 0);
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        await TakesAsync(world, 2);
    }

    [Fact]
    public async Task A_rate_lets_one_seconds_worth_through_at_once_and_then_by_time()
    {
        await using var world = await StartAsync(new SendingQuota(null, null, 3));
        await TakesAsync(world, 3);
        world.Clock.Advance(TimeSpan.FromMilliseconds(330));
        await TakesAsync(world, 0);
        world.Clock.Advance(TimeSpan.FromMilliseconds(10));
        await TakesAsync(world, 1);
        world.Clock.Advance(TimeSpan.FromDays(3)); // nothing is saved up
        await TakesAsync(world, 3);
    }

    [Fact]
    public async Task A_rate_below_one_lets_one_through()
    {
        await using var world = await StartAsync(new SendingQuota(null, null, 0.5));
        await TakesAsync(world, 1);
        world.Clock.Advance(TimeSpan.FromSeconds(1.9));
        await TakesAsync(world, 0);
        world.Clock.Advance(TimeSpan.FromSeconds(0.1));
        await TakesAsync(world, 1);
    }

    [Fact]
    public async Task A_refused_message_uses_up_nothing()
    {
        await using var world = await StartAsync(new SendingQuota(1, null, null));
        for (var i = 0; i < 3; i++)
            Assert.IsType<IntakeResult.Refused>(await world.AcceptAsync("Subject: no author\r\n\r\nb\r\n"));
        await TakesAsync(world, 1);
    }

    [Fact]
    public async Task Mail_from_outside_neither_uses_nor_needs_the_quota()
    {
        await using var world = await StartAsync(new SendingQuota(1, null, null));
        for (var i = 0; i < 3; i++)
            await world.ReadAsync(await world.AcceptAsync(Mail, MessageOrigin.Inbound, "x@ext.test", "info@in.test"));
        await TakesAsync(world, 1);
    }

    [Fact]
    public async Task A_raised_quota_counts_at_once()
    {
        await using var world = await StartAsync(new SendingQuota(1, null, null));
        await TakesAsync(world, 1);
        await IntakeWorld.DoneAsync(
            world.Directory.SetQuotaAsync(world.A.Id, new SendingQuota(3, null, null), IntakeWorld.Cancel));
        await TakesAsync(world, 2);
    }

    private static async Task<IntakeWorld> StartAsync(SendingQuota quota)
    {
        var world = await IntakeWorld.StartAsync();
        await IntakeWorld.DoneAsync(world.Directory.SetQuotaAsync(world.A.Id, quota, IntakeWorld.Cancel));
        return world;
    }

    // So many are taken now, and the next is not.
    private static async Task TakesAsync(IntakeWorld world, int count)
    {
        for (var i = 0; i < count; i++) await world.ReadAsync(await world.AcceptAsync(Mail));
        var refused = Assert.IsType<IntakeResult.Refused>(await world.AcceptAsync(Mail));
        Assert.StartsWith("451 4.7.1", refused.Refusal.Reply.ToString(), StringComparison.Ordinal);
        Assert.Equal("quota_exceeded", refused.Refusal.Code);
    }
}
