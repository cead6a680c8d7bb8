using Ekiden.Delivery.Lanes.Learning;

namespace Ekiden.Delivery.Lanes;

/// <summary>How a lane stands and which limit mail in it waits for, for people.</summary>
/// <remarks>Not thread-safe: the lane's lock guards it.</remarks>
internal sealed class LaneView(
    Lane lane, TimeProvider clock, LaneSchedule schedule, LaneConnections connections, LaneKnowledge knowledge)
{
    /// <summary>All of it.</summary>
    public LaneStatus Status(TimeSpan now, LaneCircumstances circumstances)
    {
        var kind = new MailKind("", "", schedule.IsBulkOnly);
        return new LaneStatus(
            lane.Route.Site, lane.Source.Name, schedule.Count, connections.Working, connections.Resting,
            circumstances.Rest)
        {
            Provider = lane.Route.Provider.Name,
            Security = lane.Route.Security.Key,
            Closing = connections.Closing,
            ReadyBulk = schedule.BulkCount,
            Wait = schedule.Count == 0 ? null : Explain(now, circumstances, kind),
            Pins = knowledge.Pins,
            Learned = knowledge.Learned(schedule.Control),
            Scopes = schedule.Scopes.Statuses(now),
        };
    }

    /// <summary>The limit that holds mail of a kind back, the one that lasts longest first.</summary>
    public LaneWait Explain(TimeSpan now, LaneCircumstances circumstances, MailKind mail)
    {
        var control = schedule.Control;
        if (control.Pause(now) is { } pause)
            return Wait(LaneLimit.Pause, pause.Left, pause.Why) with { Since = Last(LearnedValue.Pause)?.At };
        if (circumstances.Rest > TimeSpan.Zero) return Wait(LaneLimit.Rest, circumstances.Rest, "no host answered");
        var isFull = connections.Working + connections.Closing >= control.Connections;
        if (control.UntilOpen(now) is { Ticks: > 0 } hold && !isFull)
            return Wait(LaneLimit.Rest, hold, "a connection was refused");
        if (circumstances.IsInLine) return Wait(LaneLimit.Budget, null, "all connections of the process are in use");
        if (connections.Connecting > 0 && connections.Open == 0) return Wait(LaneLimit.Connecting, null, "");
        if (ScopeOf(mail, now) is { } scope) return scope;
        if (mail.IsBulk && schedule.IsBulkFull) return Learned(LaneLimit.BulkShare, LearnedValue.Connections, null);
        if (isFull) return Learned(LaneLimit.Connections, LearnedValue.Connections, null);
        if (control.UntilFree(now, mail.IsBulk) is { Ticks: > 0 } rate)
            return Learned(LaneLimit.Rate, LearnedValue.Rate, rate);
        if (schedule.UntilBytes(now, mail.IsBulk) is { Ticks: > 0 } bytes) return Wait(LaneLimit.Bytes, bytes, "");
        return Wait(connections.Connecting > 0 ? LaneLimit.Connecting : LaneLimit.None, null, "");
    }

    private LaneWait? ScopeOf(MailKind mail, TimeSpan now)
    {
        var limit = schedule.Scopes.OfAccount(mail.Account) ?? schedule.Scopes.OfDomain(mail.SenderDomain);
        if (limit?.UntilFree(now) is not { Ticks: > 0 } left) return null;
        var change = limit.Status(now).Changes.LastOrDefault();
        return Wait(LaneLimit.Scope, left, $"{limit.Name}: {change?.Why}") with { Since = change?.At };
    }

    private LaneWait Learned(LaneLimit limit, LearnedValue value, TimeSpan? left)
    {
        var change = Last(value);
        return Wait(limit, left, change?.Why ?? "") with { Since = change?.At };
    }

    private LaneWait Wait(LaneLimit limit, TimeSpan? left, string why) =>
        new(limit, null, clock.GetUtcNow() + left, why) { Site = lane.Route.Site, Source = lane.Source.Name };

    private LaneChange? Last(LearnedValue value) =>
        schedule.Control.Changes.LastOrDefault(change => change.What == value);
}

/// <summary>What holds a lane back beside what it has learned.</summary>
/// <param name="Rest">No host answered: for how long nobody is asked.</param>
/// <param name="IsInLine">It waits for a connection of the process.</param>
internal readonly record struct LaneCircumstances(TimeSpan Rest, bool IsInLine);

/// <summary>What decides which limits mail keeps to in a lane.</summary>
/// <param name="Account">The account that sends.</param>
/// <param name="SenderDomain">The domain of the sender; empty for a notice.</param>
/// <param name="IsBulk">Its stream gives way to others.</param>
public readonly record struct MailKind(string Account, string SenderDomain, bool IsBulk);
