namespace Ekiden.Events.Storage;

/// <summary>
/// What is counted together: one minute of one account, stream, provider, outcome, class and latency.
/// </summary>
/// <param name="Minute">Minutes since 1970, UTC.</param>
/// <param name="Latency">The step of <see cref="LatencySteps"/>; 0 for what is no delivery.</param>
internal readonly record struct CounterKey(
    long Minute, string Account, string Stream, string Provider, EventType Type, string Class, int Latency);
