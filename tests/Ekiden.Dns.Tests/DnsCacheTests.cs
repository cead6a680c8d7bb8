using DnsClient;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Dns.Tests;

public sealed class DnsCacheTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void It_never_holds_more_than_it_may_and_keeps_what_is_used()
    {
        var cache = new DnsCache(_clock, 100);
        cache.Add(Key(0), "kept", TimeSpan.FromHours(1));
        for (var i = 1; i < 10_000; i++)
        {
            cache.Add(Key(i), "answer", TimeSpan.FromHours(1));
            Assert.Equal("kept", cache.Find(Key(0)));
            Assert.InRange(cache.Count, 1, 100);
        }
        Assert.Null(cache.Find(Key(1)));
        Assert.Equal("answer", cache.Find(Key(9_999)));
    }

    [Fact]
    public void An_answer_ends_with_its_time()
    {
        var cache = new DnsCache(_clock, 100);
        cache.Add(Key(0), "answer", TimeSpan.FromSeconds(30));

        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal("answer", cache.Find(Key(0)));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(cache.Find(Key(0)));
    }

    [Fact]
    public void A_newer_answer_takes_the_place_of_an_older_one()
    {
        var cache = new DnsCache(_clock, 100);
        cache.Add(Key(0), "old", TimeSpan.FromSeconds(30));
        cache.Add(Key(0), "new", TimeSpan.FromSeconds(60));

        Assert.Equal("new", cache.Find(Key(0)));
        Assert.Equal(1, cache.Count);
    }

    private static DnsKey Key(int number) => new($"d{number}.test", QueryType.MX);
}
