namespace Ekiden.Events;

/// <summary>Where the event log is and how long it keeps what.</summary>
/// <param name="Directory">Made when missing; of this log alone.</param>
public sealed record EventLogOptions(string Directory)
{
    /// <summary>Events are kept so long: 7 to 365 days.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(45);

    /// <summary>Tells the metrics from those of another server in the process.</summary>
    public object? MeterScope { get; init; }
}
