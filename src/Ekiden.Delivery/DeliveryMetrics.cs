using System.Diagnostics.Metrics;
using Ekiden.Mail;

namespace Ekiden.Delivery;

/// <summary>
/// What delivery counts. Nothing per domain: there are too many; the index and the lanes are asked for that.
/// </summary>
public sealed class DeliveryMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Ekiden.Delivery";

    private readonly Meter _meter;
    private readonly Counter<long> _outcomes;
    private readonly Counter<long> _connects;
    private readonly Counter<long> _troubles;
    private readonly Counter<long> _droppedNotices;
    private readonly UpDownCounter<long> _connections;
    private readonly Histogram<double> _attempts;

    /// <summary>
    /// Instruments of one delivery service; the scope tells them from those of another in the same process, where there
    /// is more than one.
    /// </summary>
    public DeliveryMetrics(object? scope = null)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        // Alert on a rise of deferred or failed against delivered.
        _outcomes = _meter.CreateCounter<long>(
            "ekiden_deliveries", "{recipient}",
            "Outcomes of recipients by result: delivered, deferred, failed, expired.");
        _attempts = _meter.CreateHistogram<double>(
            "ekiden_attempt_duration", "s", "From the claim of the recipients to the result of their transaction.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600],
            });
        _connects = _meter.CreateCounter<long>(
            "ekiden_connects", "{connection}", "Connections to receiving servers by result: opened, failed, resting.");
        _connections = _meter.CreateUpDownCounter<long>(
            "ekiden_connections_open", "{connection}", "Connections to receiving servers that are open.");
        // Alert on any: our own mistakes.
        _troubles = _meter.CreateCounter<long>(
            "ekiden_delivery_troubles", "{exception}", "Exceptions that a delivery loop caught and went on after.");
        _droppedNotices = _meter.CreateCounter<long>(
            "ekiden_notices_dropped", "{notice}", "Notices that could not be delivered and were dropped (F-R5).");
    }

    /// <summary>An outcome is in the journal.</summary>
    internal void Outcome(DeliveryOutcome outcome) =>
        _outcomes.Add(1, new KeyValuePair<string, object?>("result", outcome switch
        {
            DeliveryOutcome.Delivered => "delivered",
            DeliveryOutcome.Deferred => "deferred",
            DeliveryOutcome.Failed { Reason: FailureReason.Expired } => "expired",
            _ => "failed",
        }));

    /// <summary>A transaction ended.</summary>
    internal void Attempt(TimeSpan duration) => _attempts.Record(duration.TotalSeconds);

    /// <summary>A connection is open.</summary>
    internal void ConnectionOpened()
    {
        _connects.Add(1, new KeyValuePair<string, object?>("result", "opened"));
        _connections.Add(1);
    }

    /// <summary>Nobody could be reached.</summary>
    internal void ConnectionFailed() => _connects.Add(1, new KeyValuePair<string, object?>("result", "failed"));

    /// <summary>Every host of the site rests: nothing was tried.</summary>
    internal void HostsResting() => _connects.Add(1, new KeyValuePair<string, object?>("result", "resting"));

    /// <summary>A connection is closed.</summary>
    internal void ConnectionClosed() => _connections.Add(-1);

    /// <summary>A loop caught an exception that nobody expected.</summary>
    internal void Trouble() => _troubles.Add(1);

    /// <summary>A notice failed: nobody is told.</summary>
    internal void NoticeDropped() => _droppedNotices.Add(1);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
