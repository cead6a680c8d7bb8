using System.Globalization;
using System.Net;
using Ekiden.Receiving;
using Ekiden.Toml;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Tests.Receiving;

public sealed class ReceiverLimitsTests
{
    private static readonly IPAddress One = IPAddress.Parse("127.0.0.1");
    private static readonly IPAddress Other = IPAddress.Parse("127.0.0.2");

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 4, 1, 9, 0, 0, TimeSpan.Zero));

    [Fact]
    public void A_client_has_no_more_connections_than_are_its_own()
    {
        var limits = Of(new ReceiverPolicy { MaxConnectionsPerClient = 1 });
        Assert.Null(limits.Enter(One));
        Assert.NotNull(limits.Enter(One));
        Assert.Null(limits.Enter(Other));
        limits.Leave(One);
        Assert.Null(limits.Enter(One));
    }

    [Fact]
    public void A_stranger_comes_back_when_the_greylist_lets_him()
    {
        var limits = Of(new ReceiverPolicy { Greylisting = TimeSpan.FromMinutes(5) });
        Assert.Equal(450, limits.Check(One, "a@b.test", "c@d.test")?.Code);
        _clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        Assert.Equal(450, limits.Check(One, "a@b.test", "c@d.test")?.Code);
        Assert.Equal(450, limits.Check(Other, "a@b.test", "c@d.test")?.Code);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Null(limits.Check(One, "a@b.test", "c@d.test"));
        Assert.NotNull(limits.Check(Other, "a@b.test", "c@d.test"));
    }

    [Fact]
    public void The_quota_begins_anew_each_day()
    {
        var limits = Of(new ReceiverPolicy { DailyQuota = 1 });
        Assert.Null(limits.Begin());
        Assert.Equal(452, limits.Begin()?.Reply.Code);
        _clock.Advance(TimeSpan.FromHours(15));
        Assert.Null(limits.Begin());
    }

    [Fact]
    public void Violations_block_for_a_time_that_doubles()
    {
        var limits = Of(new ReceiverPolicy
        {
            Rate = 0.001,
            BlockAfter = 2,
            BlockFor = TimeSpan.FromHours(1),
            BlockDoubles = true,
        });
        Assert.Null(limits.Begin());
        Assert.Equal(450, limits.Begin()?.Reply.Code);
        Assert.Equal(450, limits.Begin()?.Reply.Code);
        Assert.Equal(554, limits.Enter(One)?.Reply.Code);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(limits.Enter(One));
        Assert.Null(limits.Begin());
        limits.Begin();
        limits.Begin();
        _clock.Advance(TimeSpan.FromHours(2) - TimeSpan.FromTicks(1));
        Assert.Equal(554, limits.Enter(One)?.Reply.Code);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Null(limits.Enter(One));
    }

    [Fact]
    public void The_same_part_of_the_addresses_does_not_exist_each_time()
    {
        var limits = Of(new ReceiverPolicy { RejectedShare = 0.25 });
        var rejected = Enumerable.Range(0, 4_000).Select(Address).Where(IsRejected).ToList();

        Assert.InRange(rejected.Count, 900, 1_100);
        Assert.All(rejected, address => Assert.True(IsRejected(address)));

        bool IsRejected(string address) => limits.Check(One, "a@b.test", address)?.Code == 550;
        static string Address(int number) => string.Create(CultureInfo.InvariantCulture, $"user{number}@d.test");
    }

    [Fact]
    public void Limits_change_at_their_time_and_what_a_change_does_not_name_stays()
    {
        var limits = Of(Read("""
            max_connections = 5
            rate = 10
            [[change]]
            after = "1h"
            max_connections = 10
            [[change]]
            after = "2h"
            rate = 1
            """));
        Assert.Equal((5, 10.0), (limits.Now.MaxConnections, limits.Now.Rate));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal((10, 10.0), (limits.Now.MaxConnections, limits.Now.Rate));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal((10, 1.0), (limits.Now.MaxConnections, limits.Now.Rate));
    }

    [Theory]
    [InlineData("max_conections = 5", "max_conections: there is no such setting; did you mean \"max_connections\"?")]
    [InlineData("rejected_share = 1.5", "rejected_share: is more than 1, which is all of them")]
    [InlineData("block_after = 3", "block_after")]
    [InlineData("rate_reply = \"250 Ok\"", "rate_reply: expected a reply such as")]
    [InlineData("[[change]]\nmax_connections = 1", "after: expected a duration that is longer")]
    public void What_is_wrong_with_a_policy_is_told(string toml, string expected)
    {
        var problems = new SettingsProblems();
        Assert.Null(ReceiverPolicyReader.Read(toml, "p.toml", problems));
        Assert.Contains(expected, Assert.Single(problems.All).ToString(), StringComparison.Ordinal);
    }

    private static ReceiverPolicy Read(string toml)
    {
        var problems = new SettingsProblems();
        var policy = ReceiverPolicyReader.Read(toml, "p.toml", problems);
        Assert.Empty(problems.All);
        return policy!; // there is no problem
    }

    private ReceiverLimits Of(ReceiverPolicy policy) => new(policy, _clock);
}
