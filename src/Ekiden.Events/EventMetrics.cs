using System.Diagnostics.Metrics;
using Ekiden.Events.Projection;

namespace Ekiden.Events;

/// <summary>What <c>/metrics</c> says of the event log.</summary>
internal sealed class EventMetrics : IDisposable
{
    private readonly Meter _meter;

    /// <param name="projector">What is told of.</param>
    /// <param name="scope">Tells the instruments from those of another server in the process.</param>
    public EventMetrics(EventProjector projector, object? scope)
    {
        _meter = new Meter(new MeterOptions("Ekiden.Events") { Scope = scope });
        // Alert: more than 60 s; search and webhooks are that far behind, mail is not.
        _meter.CreateObservableGauge(
            "ekiden_events_lag_seconds", () => projector.Lag.TotalSeconds, "s",
            "How long the oldest fact without an event waits.");
        // Alert: grows for an hour; segments of the journal stay so long.
        _meter.CreateObservableGauge(
            "ekiden_events_behind_bytes", () => projector.BytesBehind, "By", "Journal that was not read yet.");
        _meter.CreateObservableCounter(
            "ekiden_events_written", () => projector.Written, "{event}", "Events written since the start.");
        // Alert: anything but 0.
        _meter.CreateObservableCounter(
            "ekiden_events_lost", () => projector.Losses, "{fact}", "Facts that no event could be made of.");
    }

    public void Dispose() => _meter.Dispose();
}
