namespace Ekiden.Simulation.Tests;

/// <summary>Results by the second.</summary>
internal sealed class Record
{
    private readonly List<(int Taken, int Deferred)> _seconds = [];
    private readonly List<TimeSpan> _latencies = [];

    /// <summary>From acceptance to delivery, of every delivered mail.</summary>
    public IReadOnlyList<TimeSpan> Latencies => _latencies;

    public void Add(TimeSpan now, bool isTaken, TimeSpan latency)
    {
        var second = (int)now.TotalSeconds;
        while (_seconds.Count <= second) _seconds.Add(default);
        var (taken, deferred) = _seconds[second];
        _seconds[second] = isTaken ? (taken + 1, deferred) : (taken, deferred + 1);
        if (isTaken) _latencies.Add(latency);
    }

    /// <summary>Mail taken from one time to another.</summary>
    public int Taken(TimeSpan from, TimeSpan to) => Sum(from, to, static second => second.Taken);

    /// <summary>Deferrals from one time to another.</summary>
    public int Deferred(TimeSpan from, TimeSpan to) => Sum(from, to, static second => second.Deferred);

    /// <summary>The part of all attempts that was deferred, in per cent.</summary>
    public double DeferredShare(TimeSpan from, TimeSpan to)
    {
        var deferred = Deferred(from, to);
        var all = deferred + Taken(from, to);
        return all == 0 ? 0 : 100.0 * deferred / all;
    }

    private int Sum(TimeSpan from, TimeSpan to, Func<(int Taken, int Deferred), int> value)
    {
        var sum = 0;
        var end = Math.Min((int)to.TotalSeconds, _seconds.Count);
        for (var second = (int)from.TotalSeconds; second < end; second++) sum += value(_seconds[second]);
        return sum;
    }
}
