using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Delivery.Routes;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Delivery.Tests.Lanes;

/// <summary>The controller alone: what it is told, and what it then keeps to.</summary>
public sealed class LaneControllerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly LaneSignal TooFast = new LaneSignal.TooFast("450 slow down");
    private static readonly LaneSignal OneTooMany = new LaneSignal.TooManyConnections("421 too many connections");

    private readonly FakeTimeProvider _clock = new();
    private TimeSpan _now = TimeSpan.FromHours(1);

    // DESIGN §11: 2 connections, slow start, 20 without a pack.
    [Fact]
    public void Prompt_replies_lead_to_the_cap_within_a_fraction_of_a_second()
    {
        var lane = Lane();
        Assert.Equal(2, lane.Connections);
        for (var i = 0; i < 100; i++) Accept(lane, open: lane.Connections, TimeSpan.FromMilliseconds(2), wanted: true);
        Assert.Equal(20, lane.Connections);
        Assert.Equal("slow start", Assert.Single(lane.Changes).Why);
    }

    [Fact]
    public void Connections_that_nobody_needs_are_not_learned()
    {
        var lane = Lane();
        for (var i = 0; i < 1000; i++) Accept(lane, open: 2, TimeSpan.FromMilliseconds(2), wanted: false);
        Assert.Equal(2, lane.Connections);
    }

    [Fact]
    public void A_refused_connection_sets_the_limit_to_those_that_work()
    {
        var lane = Grown();
        lane.Heard(OneTooMany, _now, _now, Busy(open: 20));
        Assert.Equal(20, lane.Connections);
        _now += Second;
        // Once may be a race; twice is a limit.
        lane.Heard(OneTooMany, _now, _now, Busy(open: 5));
        Assert.Equal(20, lane.Connections);
        _now += Second;
        lane.Heard(OneTooMany, _now, _now, Busy(open: 5));
        Assert.Equal(5, lane.Connections);
        Assert.Equal("421 too many connections", lane.Changes[^1].Why);
    }

    [Fact]
    public void Tries_that_began_before_a_cut_say_nothing_new()
    {
        var lane = Lane();
        for (var i = 0; i < 10; i++) Accept(lane, open: lane.Connections, TimeSpan.FromMilliseconds(2), wanted: true);
        var before = _now;
        _now += Second;
        lane.Heard(OneTooMany, _now, _now, Busy(open: 12));
        lane.Heard(OneTooMany, _now, before, Busy(open: 3));
        lane.Heard(OneTooMany, _now, before, Busy(open: 3));
        Assert.Equal(12, lane.Connections);
    }

    [Fact]
    public void After_a_refusal_the_number_is_tried_again_after_a_minute_and_not_before()
    {
        var lane = Grown();
        Refuse(lane, open: 5);
        var cut = _now;
        while (lane.Connections == 5 && _now < cut + TimeSpan.FromHours(1)) Clean(lane, Second / 2);
        Assert.Equal(6, lane.Connections);
        Assert.InRange(_now - cut, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(75));
    }

    [Fact]
    public void A_rate_reply_makes_a_rate_and_old_ones_do_not_lower_it_again()
    {
        var lane = Grown();
        for (var i = 0; i < 1000; i++) Accept(lane, open: 20, TimeSpan.FromMilliseconds(10), wanted: true);
        var begun = _now;
        _now += Second / 10;
        lane.Heard(TooFast, _now, begun, Busy(open: 20));
        var rate = Assert.NotNull(lane.Rate);
        lane.Heard(TooFast, _now, begun, Busy(open: 20));
        Assert.Equal(rate, lane.Rate);
    }

    [Fact]
    public void A_wait_that_the_peer_names_is_kept_by_everybody_and_ends_with_one_message()
    {
        var lane = Grown();
        lane.Heard(new LaneSignal.TooFast("try again in 300 seconds", TimeSpan.FromSeconds(300)), _now, _now, Busy(20));
        Assert.Equal(TimeSpan.FromSeconds(300), lane.UntilFree(_now, isBulk: false));
        _now += TimeSpan.FromSeconds(300);
        Assert.True(lane.UntilFree(_now, isBulk: true) <= TimeSpan.Zero || lane.Rate is not null);
        Assert.True(lane.IsProbing);
        Accept(lane, open: 1, TimeSpan.FromMilliseconds(10), wanted: true);
        Assert.False(lane.IsProbing);
    }

    // DESIGN §5: a pause stops bulk first and leaves transactional mail a probe.
    [Fact]
    public void A_pause_stops_bulk_first_and_other_mail_when_its_probe_is_refused()
    {
        var lane = Lane();
        lane.Heard(new LaneSignal.Blocked("554 blocked"), _now, _now, Busy(open: 0));
        Assert.True(lane.UntilFree(_now, isBulk: true) > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, lane.UntilFree(_now, isBulk: false));
        _now += Second / 10;
        lane.Heard(new LaneSignal.Blocked("554 blocked"), _now, _now, Busy(open: 0));
        Assert.True(lane.UntilFree(_now, isBulk: false) > Second);
    }

    [Fact]
    public void Pauses_grow_to_the_longest_and_begin_anew_after_mail_was_taken()
    {
        var lane = Lane();
        var longest = TimeSpan.Zero;
        for (var i = 0; i < 20; i++)
        {
            lane.Heard(new LaneSignal.Blocked("554 blocked"), _now, _now, Busy(open: 0));
            var pause = lane.UntilFree(_now, isBulk: true);
            Assert.True(pause >= longest);
            longest = pause;
            _now += pause;
        }
        Assert.Equal(TimeSpan.FromMinutes(10), longest);
        Accept(lane, open: 1, Second, wanted: true);
        lane.Heard(new LaneSignal.Blocked("554 blocked"), _now, _now, Busy(open: 0));
        Assert.Equal(Second, lane.UntilFree(_now, isBulk: true));
    }

    [Fact]
    public void A_site_that_closes_after_the_same_number_three_times_is_left_by_us()
    {
        var lane = Lane();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(100, lane.MessagesPerConnection);
            _now += 10 * Second;
            lane.Heard(new LaneSignal.Closed(20), _now, _now, Busy(open: 1));
        }
        Assert.Equal(20, lane.MessagesPerConnection);
    }

    [Fact]
    public void What_an_operator_fixed_never_changes()
    {
        var lane = Lane(new LaneLimits(7, 100, 30, 4));
        for (var i = 0; i < 100; i++) Accept(lane, open: 7, TimeSpan.FromMilliseconds(2), wanted: true);
        for (var i = 0; i < 10; i++)
        {
            _now += 2 * Second;
            lane.Heard(TooFast, _now, _now, Busy(open: 7));
            lane.Heard(OneTooMany, _now, _now, Busy(open: 3));
            lane.Heard(new LaneSignal.Closed(5), _now, _now, Busy(open: 3));
        }
        Assert.Equal((7, 4.0, 30), (lane.Connections, lane.Rate, lane.MessagesPerConnection));
    }

    // DESIGN §5: bulk never takes the last fifth.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(6, 5)]
    [InlineData(20, 16)]
    public void Bulk_leaves_a_fifth_of_the_connections(int connections, int bulk) =>
        Assert.Equal(bulk, Lane(new LaneLimits(connections)).BulkConnections);

    [Fact]
    public void What_was_learned_is_known_to_the_next_lane()
    {
        var lane = Grown();
        Refuse(lane, open: 5);
        lane.Heard(new LaneSignal.TooFast("later", TimeSpan.FromMinutes(9)), _now, _now, Busy(open: 5));
        var next = new LaneController(LaneBounds.Default, lane.Learned(_now, _clock.GetUtcNow()), _clock);
        Assert.Equal(5, next.Connections);
        Assert.Equal(lane.Rate, next.Rate);
        Assert.Equal(lane.Changes.Length, next.Changes.Length);
        Assert.True(next.UntilFree(_clock.GetElapsedTime(0), isBulk: false) > TimeSpan.FromMinutes(8));
    }

    [Fact]
    public void The_last_hundred_changes_are_kept()
    {
        var lane = Lane();
        for (var i = 0; i < 300; i++)
        {
            _now += TimeSpan.FromMinutes(1);
            lane.Heard(new LaneSignal.Pause($"pause {i}", Second) { Rate = i + 1 }, _now, _now, Busy(open: 1));
        }
        Assert.Equal(100, lane.Changes.Length);
        Assert.Equal("pause 299", lane.Changes[^1].Why);
    }

    private LaneController Lane(LaneLimits? pins = null) => new(
        new LaneBounds { Pins = pins ?? LaneLimits.Default }, new LearnedLane(), _clock);

    private LaneController Grown()
    {
        var lane = Lane();
        for (var i = 0; i < 100; i++) Accept(lane, open: lane.Connections, TimeSpan.FromMilliseconds(2), wanted: true);
        return lane;
    }

    private void Refuse(LaneController lane, int open)
    {
        for (var i = 0; i < 2; i++)
        {
            _now += Second;
            lane.Heard(OneTooMany, _now, _now, Busy(open));
        }
    }

    private void Clean(LaneController lane, TimeSpan latency)
    {
        Accept(lane, open: lane.Connections, latency, wanted: true);
    }

    private void Accept(LaneController lane, int open, TimeSpan latency, bool wanted)
    {
        var begun = _now;
        _now += latency;
        lane.Accepted(_now, begun, new LaneLoad(open, wanted, false));
    }

    private static LaneLoad Busy(int open) => new(open, WantsConnections: true, WantsRate: false);
}
