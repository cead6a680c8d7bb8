using System.Collections.Immutable;
using Ekiden.Delivery;
using Ekiden.Delivery.Lanes;
using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Testing;

namespace Ekiden.Simulation.Tests;

/// <summary>
/// A receiver with limits that nobody was told of, and more mail than it takes. Measures how much of what it allows is
/// used, how much mail is put off, and how long it takes to find out.
/// </summary>
internal sealed class Scenario
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Learning = TimeSpan.FromMinutes(5);

    private readonly List<(TimeSpan From, double PerSecond, Action Change)> _phases = [];
    private readonly List<Sender> _senders = [];

    public Scenario(string name)
    {
        Name = name;
        Receiver = new Receiver(Time);
    }

    public string Name { get; }

    public SimulatedTime Time { get; } = new();

    public Receiver Receiver { get; }

    public FakeResolver Resolver { get; } = new(
        "d.test MX 10 mx.test", "mx.test A 198.41.0.4", "other.test MX 10 mx.other.test", "mx.other.test A 198.41.0.5");

    public IReadOnlyList<Sender> Senders => _senders;

    /// <summary>Other receivers by the name of their host.</summary>
    public Dictionary<string, Receiver> Others { get; } = [];

    /// <summary>Who listens at a host.</summary>
    public Receiver ReceiverOf(string host) => Others.GetValueOrDefault(host, Receiver);

    /// <summary>A machine that sends.</summary>
    public Sender AddSender(DeliveryOptions? options = null, params ImmutableArray<RememberedLane> remembered)
    {
        var sender = new Sender(this, options ?? Sender.Options(), remembered, seed: 7 + _senders.Count);
        _senders.Add(sender);
        return sender;
    }

    /// <summary>From a time on the receiver allows so much; the first begins at zero.</summary>
    public void Allows(double perSecond, TimeSpan from = default, Action? change = null) =>
        _phases.Add((from, perSecond, change ?? (static () => { })));

    /// <summary>Runs it, and measures.</summary>
    public ScenarioResult Run(TimeSpan end)
    {
        foreach (var (from, _, change) in _phases)
        {
            if (from > TimeSpan.Zero) Time.RunUntil(from);
            change();
        }
        Time.RunUntil(end);
        var phases = new List<PhaseResult>();
        for (var i = 0; i < _phases.Count; i++)
        {
            var until = i + 1 < _phases.Count ? _phases[i + 1].From : end;
            phases.Add(Measure(_phases[i].From, until, _phases[i].PerSecond));
        }
        return new ScenarioResult(Name, phases, Receiver.Tries)
        {
            Senders = _senders,
            Changes = [.. _senders.SelectMany(sender => sender.Service.Lanes).SelectMany(lane => lane.Learned.Changes)],
        };
    }

    private PhaseResult Measure(TimeSpan from, TimeSpan until, double perSecond)
    {
        var settled = from;
        while (settled + Window < until && Taken(settled, settled + Window) < 0.95 * perSecond * Window.TotalSeconds)
            settled += TimeSpan.FromSeconds(1);
        var reached = perSecond == 0 ? 100 : 100 * Taken(settled, until) / (perSecond * (until - settled).TotalSeconds);
        var learned = settled - from < Learning ? from + Learning : settled;
        return new PhaseResult(
            settled - from, reached, DeferredShare(from, learned), DeferredShare(settled, until), perSecond);
    }

    private int Taken(TimeSpan from, TimeSpan to) => _senders.Sum(sender => sender.All.Taken(from, to));

    private double DeferredShare(TimeSpan from, TimeSpan to)
    {
        var deferred = _senders.Sum(sender => sender.All.Deferred(from, to));
        var all = deferred + Taken(from, to);
        return all == 0 ? 0 : 100.0 * deferred / all;
    }
}

/// <summary>What was measured while the receiver allowed the same.</summary>
/// <param name="Settled">From the change until 95 % of what is allowed was used for a minute.</param>
/// <param name="Reached">Per cent of what was allowed, from then on.</param>
/// <param name="DeferredLearning">Per cent of attempts that were deferred before, or in the first minute.</param>
/// <param name="DeferredSteady">Per cent of attempts that were deferred from then on.</param>
/// <param name="Allowed">Mail per second.</param>
internal sealed record PhaseResult(
    TimeSpan Settled, double Reached, double DeferredLearning, double DeferredSteady, double Allowed)
{
    public override string ToString() => FormattableString.Invariant(
        $"{Allowed:0.#}/s settled {Settled.TotalSeconds:0} s, reached {Reached:0.0} %, ")
        + FormattableString.Invariant($"deferred {DeferredLearning:0.00} % / {DeferredSteady:0.00} %");
}

/// <summary>What came of a scenario.</summary>
internal sealed record ScenarioResult(string Name, IReadOnlyList<PhaseResult> Phases, int Tries)
{
    /// <summary>Who sent.</summary>
    public IReadOnlyList<Sender> Senders { get; init; } = [];

    /// <summary>What the lanes changed, and why.</summary>
    public IReadOnlyList<LaneChange> Changes { get; init; } = [];

    /// <summary>The receiver takes nothing for a while from who finds its limit.</summary>
    public bool IsPunished { get; init; }

    /// <summary>The receiver defers by its own rule, however we send.</summary>
    public bool IsDeferredByRule { get; init; }

    public override string ToString() => $"{Name}: {string.Join("; ", Phases)} ({Tries} tries)";
}
