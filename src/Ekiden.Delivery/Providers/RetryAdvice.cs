namespace Ekiden.Delivery.Providers;

/// <summary>What a reply advises us to do about this mail, and about the next ones in its scope.</summary>
public abstract record RetryAdvice
{
    private RetryAdvice() { } // closed: every case is below

    /// <summary>Final for this recipient: the same mail is not sent again.</summary>
    public sealed record Never : RetryAdvice;

    /// <summary>By the retry schedule. Says nothing about other mail.</summary>
    public sealed record Schedule : RetryAdvice;

    /// <summary>Soon, and from the same source: greylisting (delivery.md R1).</summary>
    public sealed record SameSource : RetryAdvice;

    /// <summary>The rest of the recipients goes in the next transaction at once: RFC 5321 §4.5.3.1.10.</summary>
    public sealed record NextTransaction : RetryAdvice;

    /// <summary>On a new connection at once: this one has carried as much as the server wants.</summary>
    public sealed record Reconnect : RetryAdvice;

    /// <summary>Fewer connections in this scope: half of them.</summary>
    public sealed record FewerConnections : RetryAdvice;

    /// <summary>A lower rate in this scope: half of it.</summary>
    public sealed record SlowDown : RetryAdvice;

    /// <summary>Nothing in this scope for a while, then a careful start.</summary>
    /// <param name="For">How long; more than zero.</param>
    /// <param name="Connections">With how many connections to begin again; at least 1.</param>
    /// <param name="MessagesPerMinute">With which rate to begin again; null leaves the learned one.</param>
    public sealed record Pause(TimeSpan For, int Connections, double? MessagesPerMinute) : RetryAdvice;

    /// <summary>
    /// The source is unfit at this provider for a while: the mail waits or takes another source (delivery.md R4).
    /// </summary>
    /// <param name="For">When to look again; more than zero.</param>
    public sealed record OtherSource(TimeSpan For) : RetryAdvice;

    /// <summary>One word for it, as <c>ekiden parse reply</c> prints it.</summary>
    public string Word => this switch
    {
        Never => "never",
        Schedule => "schedule",
        SameSource => "same_source",
        NextTransaction => "next_transaction",
        Reconnect => "reconnect",
        FewerConnections => "fewer_connections",
        SlowDown => "slow_down",
        Pause => "pause",
        OtherSource => "other_source",
        _ => throw new InvalidOperationException($"no word for {GetType().Name}"),
    };
}
