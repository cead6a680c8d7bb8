using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Dns.Tests;

// reliability I-R3
public sealed class ResolverHealthTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ResolverHealth _health;

    public ResolverHealthTests() => _health = new ResolverHealth(_clock);

    [Theory]
    [InlineData(19, false)]
    [InlineData(20, true)]
    public void It_takes_20_questions_to_be_down(int failures, bool isDown)
    {
        Record(failures, isAnswered: false);

        Assert.Equal(isDown, _health.IsDown);
    }

    [Theory]
    [InlineData(5, 95, true)]
    [InlineData(6, 94, false)]
    public void It_takes_95_percent_of_failures_to_be_down(int answered, int failed, bool isDown)
    {
        Record(answered, isAnswered: true);
        Record(failed, isAnswered: false);

        Assert.Equal(isDown, _health.IsDown);
    }

    [Fact]
    public void One_broken_domain_asked_for_slowly_is_not_a_resolver_that_is_down()
    {
        for (var i = 0; i < 100; i++)
        {
            _health.Record("broken.test", isAnswered: false);
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.False(_health.IsDown);
    }

    [Fact]
    public void Twenty_names_in_a_row_are_enough_however_slowly()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.False(_health.IsDown);
            _health.Record($"d{i}.test", isAnswered: false);
            _clock.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.True(_health.IsDown);
    }

    [Fact]
    public void Silence_does_not_end_it_and_an_answer_does()
    {
        Record(30, isAnswered: false);
        _clock.Advance(TimeSpan.FromDays(10));
        Assert.True(_health.IsDown);

        _health.Record("d.test", isAnswered: false);
        Assert.True(_health.IsDown);
        _health.Record("d.test", isAnswered: true);
        Assert.False(_health.IsDown);
    }

    [Fact]
    public void Failures_of_a_minute_ago_do_not_count()
    {
        Record(19, isAnswered: false);
        _clock.Advance(TimeSpan.FromSeconds(60));
        Record(1, isAnswered: false);

        Assert.False(_health.IsDown);
    }

    private void Record(int count, bool isAnswered)
    {
        for (var i = 0; i < count; i++) _health.Record("d.test", isAnswered);
    }
}
