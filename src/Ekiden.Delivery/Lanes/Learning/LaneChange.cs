namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>One change of what a lane keeps to, for <c>ekiden lanes</c>, <c>lane show</c> and the dashboard.</summary>
/// <param name="At">When, by the wall clock.</param>
/// <param name="What">Which number.</param>
/// <param name="From">Before; null: no limit.</param>
/// <param name="To">After; null: no limit. For a pause: its seconds.</param>
/// <param name="Why">The cause, in a few words: a reply, or what was seen.</param>
public sealed record LaneChange(DateTimeOffset At, LearnedValue What, double? From, double? To, string Why);

/// <summary>What a lane learns.</summary>
public enum LearnedValue
{
    /// <summary>Connections at once.</summary>
    Connections,

    /// <summary>Transactions begun per second.</summary>
    Rate,

    /// <summary>Transactions until we say goodbye.</summary>
    MessagesPerConnection,

    /// <summary>Nothing, or only a probe, is sent for some seconds.</summary>
    Pause,
}
