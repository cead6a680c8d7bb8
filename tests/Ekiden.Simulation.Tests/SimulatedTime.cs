namespace Ekiden.Simulation.Tests;

/// <summary>
/// Time that passes only when nothing is left to do: the next timer or event is then now. One thread; work that would
/// go to the pool, and everything that was awaited, runs on it in order, so that a run is the same every time.
/// </summary>
internal sealed class SimulatedTime : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Event, (long At, long Order)> _events = new();
    private readonly Queue<(SendOrPostCallback Run, object? State)> _work = new();
    private long _now;
    private long _order;

    /// <summary>Since the beginning of the simulation.</summary>
    public TimeSpan Now => TimeSpan.FromTicks(_now);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => Epoch.AddTicks(_now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs something after a while.</summary>
    public void After(TimeSpan wait, Action<object?> run, object? state = null) =>
        _events.Enqueue(new Event(run, state, null, 0), (_now + wait.Ticks, _order++));

    /// <summary>Runs a piece of work as soon as those before it have run.</summary>
    public void Start(IThreadPoolWorkItem work) =>
        _work.Enqueue((static item => ((IThreadPoolWorkItem)item!).Execute(), work));

    /// <summary>Lets time pass.</summary>
    public void RunUntil(TimeSpan end)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new Context(this));
        try
        {
            while (true)
            {
                while (_work.TryDequeue(out var work)) work.Run(work.State);
                if (!_events.TryPeek(out var next, out var when) || when.At > end.Ticks) break;
                _events.Dequeue();
                _now = Math.Max(_now, when.At);
                next.Run?.Invoke(next.State);
                next.Timer?.Fire(next.Version);
            }
            _now = Math.Max(_now, end.Ticks);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private readonly record struct Event(Action<object?>? Run, object? State, Timer? Timer, int Version);

    private sealed class Context(SimulatedTime time) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => time._work.Enqueue((d, state));

        public override void Send(SendOrPostCallback d, object? state) => d(state);

        public override SynchronizationContext CreateCopy() => this;
    }

    private sealed class Timer(SimulatedTime time, TimerCallback callback, object? state) : ITimer
    {
        private int _version;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            _version++;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                time._events.Enqueue(
                    new Event(null, null, this, _version), (time._now + dueTime.Ticks, time._order++));
            }
            return true;
        }

        public void Fire(int version)
        {
            if (version != _version) return;
            if (_period > TimeSpan.Zero) Change(_period, _period);
            callback(state);
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            _version++;
            return ValueTask.CompletedTask;
        }
    }
}
