namespace Ekiden.Events.Storage;

/// <summary>One row of the log, before it has names for what it refers to.</summary>
internal readonly record struct EventRow
{
    public required EventType Type { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Key of its message in this file; null without one.</summary>
    public long? Message { get; init; }

    public int? Place { get; init; }

    /// <summary>Only where there is no message that says it.</summary>
    public string? Account { get; init; }

    public string? Stream { get; init; }

    public string? Recipient { get; init; }

    public int Attempt { get; init; }

    public long? QueuedMilliseconds { get; init; }

    public long? AttemptMilliseconds { get; init; }

    public DateTimeOffset? NextAttempt { get; init; }

    public EventFlags Flags { get; init; }

    public int? ReplyCode { get; init; }

    public string? EnhancedStatus { get; init; }

    public string? Text { get; init; }

    public string? Phase { get; init; }

    public string? Peer { get; init; }

    public string? Provider { get; init; }

    public string? Class { get; init; }

    public string? ExtraJson { get; init; }
}

/// <summary>What a row says with yes or no; the numbers are on disk.</summary>
[Flags]
internal enum EventFlags : byte
{
    None = 0,
    PossibleDuplicate = 1,
    Asynchronous = 2,
}
