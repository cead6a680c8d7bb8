using Ekiden.Smtp.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Smtp.Tests.Protocol;

public class DeadlineTests
{
    private readonly FakeTimeProvider _clock = new();
    private int _expired;

    [Fact]
    public void It_expires_at_its_moment_and_once()
    {
        using var deadline = Start();
        deadline.Set(TimeSpan.FromSeconds(10));
        _clock.Advance(TimeSpan.FromSeconds(9.999));
        Assert.Equal(0, _expired);
        _clock.Advance(TimeSpan.FromSeconds(0.001));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, _expired);
    }

    [Fact]
    public void It_moves_later_and_earlier()
    {
        using var deadline = Start();
        deadline.Set(TimeSpan.FromSeconds(10));
        deadline.Set(TimeSpan.FromSeconds(20));
        _clock.Advance(TimeSpan.FromSeconds(19.999));
        Assert.Equal(0, _expired);
        deadline.Set(TimeSpan.FromSeconds(20));
        deadline.Set(TimeSpan.FromSeconds(5));
        _clock.Advance(TimeSpan.FromSeconds(4.999));
        Assert.Equal(0, _expired);
        _clock.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(1, _expired);
    }

    [Fact]
    public void It_does_not_reach_beyond_a_given_moment()
    {
        using var deadline = Start();
        var end = deadline.After(TimeSpan.FromSeconds(3));
        deadline.Set(TimeSpan.FromSeconds(10), end);
        _clock.Advance(TimeSpan.FromSeconds(2.999));
        Assert.Equal(0, _expired);
        _clock.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(1, _expired);
    }

    [Fact]
    public void Cleared_it_never_expires_until_it_is_set_again()
    {
        using var deadline = Start();
        deadline.Set(TimeSpan.FromSeconds(10));
        deadline.Clear();
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _expired);
        deadline.Set(TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _expired);
    }

    private Deadline Start() => new(_clock, () => _expired++);
}
