using Ekiden.Delivery.Lanes.Learning;

namespace Ekiden.Delivery.Lanes;

/// <summary>Says which limit mail in a lane waits for.</summary>
internal static class LaneExplainer
{
    /// <summary>The limit that holds mail of a kind back, the one that lasts longest first.</summary>
    /// <param name="schedule">Of the lane; the caller holds its lock.</param>
    /// <param name="facts">What else holds it back.</param>
    /// <param name="isBulk">The kind.</param>
    /// <param name="at">Now, and the clock.</param>
    public static LaneWait Explain(
        LaneSchedule schedule, LaneFacts facts, bool isBulk, (TimeSpan Now, TimeProvider Clock) at)
    {
        var control = schedule.Control;
        if (control.Pause(at.Now) is { } pause)
            return Wait(LaneLimit.Pause, pause.Left, pause.Why, Last(control, LearnedValue.Pause)?.At);
        if (facts.Rest > TimeSpan.Zero) return Wait(LaneLimit.Rest, facts.Rest, "no host answered");
        if (control.UntilOpen(at.Now) is { Ticks: > 0 } hold && !facts.IsFull)
            return Wait(LaneLimit.Rest, hold, "a connection was refused");
        if (facts.IsInLine) return Wait(LaneLimit.Budget, null, "");
        if (isBulk && schedule.IsBulkFull) return Learned(LaneLimit.BulkShare, LearnedValue.Connections);
        if (facts.IsFull) return Learned(LaneLimit.Connections, LearnedValue.Connections);
        if (control.UntilFree(at.Now, isBulk) is { Ticks: > 0 } rate)
            return Learned(LaneLimit.Rate, LearnedValue.Rate) with { Until = at.Clock.GetUtcNow() + rate };
        return Wait(facts.IsConnecting ? LaneLimit.Connecting : LaneLimit.None, null, "");

        LaneWait Learned(LaneLimit limit, LearnedValue value)
        {
            var change = Last(control, value);
            return Wait(limit, null, change?.Why ?? "", change?.At);
        }

        LaneWait Wait(LaneLimit limit, TimeSpan? left, string why, DateTimeOffset? since = null) =>
            new(limit, since, at.Clock.GetUtcNow() + left, why) { Site = "", Source = "" };
    }

    private static LaneChange? Last(LaneController control, LearnedValue value) =>
        control.Changes.LastOrDefault(change => change.What == value);
}

/// <summary>What holds a lane back beside what it has learned.</summary>
/// <param name="Rest">No host answered: for how long nobody is asked.</param>
/// <param name="IsFull">All connections are busy.</param>
/// <param name="IsInLine">It waits for a connection of the process.</param>
/// <param name="IsConnecting">Connections are being opened.</param>
internal readonly record struct LaneFacts(TimeSpan Rest, bool IsFull, bool IsInLine, bool IsConnecting);
