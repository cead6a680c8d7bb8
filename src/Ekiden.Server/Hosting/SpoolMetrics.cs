using System.Diagnostics.Metrics;
using Ekiden.Spool;

namespace Ekiden.Server.Hosting;

/// <summary>What <c>/metrics</c> says of the spool, read when it is asked for.</summary>
internal sealed class SpoolMetrics : IDisposable
{
    // Walking a queue of millions takes a moment: two scrapers within this time share one walk.
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(10);

    private readonly Meter _meter;
    private readonly FileJournal _journal;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private QueueSummary? _summary;
    private long _summarizedAt;

    /// <summary>Instruments of one journal; the scope tells them from those of another server in the process.</summary>
    public SpoolMetrics(FileJournal journal, TimeProvider clock, object scope)
    {
        _meter = new Meter(new MeterOptions("Ekiden.Spool.State") { Scope = scope });
        (_journal, _clock) = (journal, clock);
        // State: waiting (all that are not finished), active (in an attempt), deferred (wait after an attempt), held.
        // Alert: deferred grows for an hour.
        _meter.CreateObservableGauge(
            "ekiden_queue_recipients", CountStates, "{recipient}", "Unfinished recipients by state.");
        // Alert: above the time that you promise.
        _meter.CreateObservableGauge(
            "ekiden_queue_oldest_seconds", () => Summary().OldestAge.TotalSeconds, "s",
                "Age of the oldest unfinished recipient.");
        // Alert: anything but 0.
        _meter.CreateObservableGauge(
            "ekiden_accounting_gap", () => journal.Index.Accounting.Gap, "{recipient}",
            "Accepted recipients that are neither finished nor waiting.");
        _meter.CreateObservableCounter(
            "ekiden_recipients_accepted", () => journal.Index.Accounting.Accepted, "{recipient}",
            "Recipients of accepted messages.");
        // Alert: none; compare with messages accepted: near 1 for each, nobody shares a flush.
        _meter.CreateObservableCounter(
            "ekiden_journal_flushes", () => journal.Flushes, "{flush}", "Flushes of the journal to stable storage.");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> CountStates()
    {
        var now = _journal.Index.Accounting;
        yield return Of(now.Waiting, "waiting");
        yield return Of(now.InAttempt, "active");
        yield return Of(Summary().Deferred, "deferred");
        yield return Of(now.Held, "held");
    }

    private QueueSummary Summary()
    {
        lock (_gate)
        {
            if (_summary is null || _clock.GetElapsedTime(_summarizedAt) > Freshness)
            {
                _summary = _journal.Index.Summarize();
                _summarizedAt = _clock.GetTimestamp();
            }
            return _summary;
        }
    }

    private static Measurement<long> Of(long value, string state) =>
        new(value, new KeyValuePair<string, object?>("state", state));
}
