namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>
/// What a site let us know about how much it takes, apart from taking mail. Answers about a recipient or a message
/// (greylisting, a full mailbox, content) are no signals: delivery.md A3.
/// </summary>
/// <param name="Why">The peer's words or what was seen, for the cause of a change.</param>
internal abstract record LaneSignal(string Why)
{
    /// <summary>Whom it concerns.</summary>
    public LaneScope Scope { get; init; }

    /// <summary>More mail per time than it takes: 4.7.x, "slow down".</summary>
    /// <param name="Wait">How long it wants to be left alone; null when it did not say.</param>
    public sealed record TooFast(string Why, TimeSpan? Wait = null) : LaneSignal(Why);

    /// <summary>
    /// One connection more than it takes: a greeting that refuses, a connection refused or reset while others work, or
    /// "too many connections" to a transaction.
    /// </summary>
    /// <param name="IsSpoken">It said so; false: nobody listened, which means this only while others work.</param>
    public sealed record TooManyConnections(string Why, bool IsSpoken = true) : LaneSignal(Why);

    /// <summary>A connection broke in the middle of a transaction. Some receivers throttle in this way.</summary>
    public sealed record Broken(string Why) : LaneSignal(Why);

    /// <summary>It closed a busy connection between two transactions.</summary>
    /// <param name="Messages">Transactions that the connection had carried.</param>
    public sealed record Closed(int Messages) : LaneSignal("closed the connection");

    /// <summary>It takes nothing from this source for now: blocked, bad reputation, missing PTR.</summary>
    public sealed record Blocked(string Why) : LaneSignal(Why);

    /// <summary>It is to be left alone for a while, then asked carefully: what a provider's pack advises.</summary>
    /// <param name="For">How long; more than zero.</param>
    public sealed record Pause(string Why, TimeSpan For) : LaneSignal(Why)
    {
        /// <summary>Connections to begin again with; null: as many as before.</summary>
        public int? Connections { get; init; }

        /// <summary>Transactions per second to begin again with; null: as many as before.</summary>
        public double? Rate { get; init; }
    }
}

/// <summary>Whom a signal concerns.</summary>
internal enum LaneScope
{
    /// <summary>The lane: this source at this site.</summary>
    Lane,

    /// <summary>The account that sends, from whatever source.</summary>
    Account,

    /// <summary>The domain of the sender, from whatever source.</summary>
    SenderDomain,
}
