using System.Net;
using Ekiden.Smtp.Server;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Smtp.Tests.Server;

public sealed class SignInGuardTests
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");
    private readonly FakeTimeProvider _clock = new();

    // Reliability G-R4: ten a minute.
    [Fact]
    public void The_eleventh_try_within_a_minute_waits_and_others_do_not()
    {
        var guard = new SignInGuard(10, _clock);
        for (var i = 0; i < 9; i++) guard.Failed(Client, "user");
        Assert.True(guard.MayTry(Client, "user"));
        guard.Failed(Client, "user");
        Assert.False(guard.MayTry(Client, "user"));
        Assert.False(guard.MayTry(Client, "another"));
        Assert.True(guard.MayTry(IPAddress.Parse("192.0.2.2"), "user"));
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.True(guard.MayTry(Client, "user"));
    }

    [Fact]
    public void Fifty_a_day_are_enough()
    {
        var guard = new SignInGuard(10, _clock);
        for (var i = 0; i < 50; i++)
        {
            Assert.True(guard.MayTry(Client, "user"));
            guard.Failed(Client, "user");
            _clock.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.False(guard.MayTry(Client, "user"));
    }

    [Fact]
    public void A_network_has_three_times_as_many_and_an_IPv6_client_is_a_64()
    {
        var guard = new SignInGuard(1, _clock);
        for (var i = 1; i <= 3; i++) guard.Failed(IPAddress.Parse($"192.0.2.{i}"), "user");
        Assert.False(guard.MayTry(IPAddress.Parse("192.0.2.200"), "user"));
        Assert.True(guard.MayTry(IPAddress.Parse("192.0.3.1"), "user"));
        guard.Failed(IPAddress.Parse("2001:db8::1"), "user");
        Assert.False(guard.MayTry(IPAddress.Parse("2001:db8::2"), "user"));
        Assert.True(guard.MayTry(IPAddress.Parse("2001:db8:0:1::2"), "user"));
    }

    [Fact]
    public void A_user_known_in_this_network_passes_whatever_others_do_there()
    {
        var guard = new SignInGuard(10, _clock);
        guard.Succeeded(Client, "user");
        for (var i = 0; i < 100; i++) guard.Failed(Client, "victim");
        Assert.True(guard.MayTry(Client, "user"));
        Assert.False(guard.MayTry(Client, "victim"));
        _clock.Advance(TimeSpan.FromDays(1));
        for (var i = 0; i < 100; i++) guard.Failed(Client, "victim");
        Assert.False(guard.MayTry(Client, "user"));
    }

    [Fact]
    public void A_user_under_attack_is_slowed_down_and_never_locked()
    {
        var guard = new SignInGuard(10, _clock);
        for (var i = 0; i < 99; i++) guard.Failed(IPAddress.Parse($"10.{i}.0.1"), "user");
        Assert.False(guard.IsUserUnderAttack("user"));
        guard.Failed(IPAddress.Parse("10.200.0.1"), "user");
        Assert.True(guard.IsUserUnderAttack("user"));
        Assert.True(guard.MayTry(Client, "user"));
    }

    [Fact]
    public void The_table_is_bounded_and_the_oldest_leave_first()
    {
        var guard = new SignInGuard(1, _clock, capacity: 100);
        for (var i = 0; i < 200; i++)
        {
            guard.Failed(IPAddress.Parse($"10.{i}.0.1"), $"user-{i}");
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }
        Assert.True(guard.MayTry(IPAddress.Parse("10.0.0.1"), "user"));
        Assert.False(guard.MayTry(IPAddress.Parse("10.199.0.1"), "user"));
    }
}
