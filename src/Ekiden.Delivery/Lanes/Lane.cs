using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Queue;
using Ekiden.Delivery.Routes;

namespace Ekiden.Delivery.Lanes;

/// <summary>
/// One source to one site: who goes next, over how many connections, how fast. Nothing else limits sending.
/// </summary>
/// <remarks>
/// Thread-safe; its lock is held for a few instructions and never while anything else is waited for. Each arrival
/// wakes at
/// most one worker, each free slot serves one waiter, and nothing is scanned (delivery.md Q5).
/// </remarks>
internal sealed class Lane : IWaitingPlace, IBudgetWaiter, IDisposable
{
    // DESIGN §11, start of a lane: a site that never answered may be a black hole.
    private const int ConnectingAtFirst = 2;

    private readonly LaneServices _services;
    private readonly Lock _gate = new();
    private readonly ReadyList _ready = new();
    private readonly ConnectionPool _pool = new();
    private readonly MessageRate? _rate;
    private readonly ITimer _alarm;
    private volatile int _recipientsPerTransaction;
    private int _working;
    private int _connecting;
    private bool _hasAnswered;
    private bool _hasWaited;
    private bool _isInLine;
    private bool _isClosed;
    private long _restBegan;
    private TimeSpan _rest;
    private long _askedAgain = long.MinValue;

    /// <summary>A lane without connections.</summary>
    public Lane(Route route, EgressSource source, LaneServices services)
    {
        Route = route;
        Source = source;
        _services = services;
        _recipientsPerTransaction = route.Limits.RecipientsPerTransaction;
        if (route.Limits.MessagesPerSecond is { } perSecond) _rate = new MessageRate(perSecond, services.Clock);
        _alarm = services.Clock.CreateTimer(
            static lane => ((Lane)lane!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Where it leads.</summary>
    public Route Route { get; }

    /// <summary>From where.</summary>
    public EgressSource Source { get; }

    /// <summary>How many recipients a transaction may have: the limit, or fewer when the site said "too
    /// many".</summary>
    public int RecipientsPerTransaction => _recipientsPerTransaction;

    /// <summary>When somebody last wanted it tried again: hosts that failed before do not rest for it.</summary>
    public long AskedAgain => Volatile.Read(ref _askedAgain);

    /// <summary>It takes no more recipients.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>How it stands, for metrics and <c>queue explain</c>.</summary>
    public LaneStatus Status
    {
        get
        {
            lock (_gate)
            {
                return new LaneStatus(
                    Route.Site, Source.Name, Route.Limits, _ready.Count, _working, _pool.Count, RestLeft());
            }
        }
    }

    /// <inheritdoc/>
    public bool Holds(Destination destination) => destination.Lane == this;

    /// <summary>A recipient that is due. False when the lane is closed: ask for another one.</summary>
    public bool Enqueue(DueRecipient recipient)
    {
        LaneWorker? worker = null;
        lock (_gate)
        {
            if (_isClosed) return false;
            // One that goes with the one before it needs no worker of its own while somebody works here.
            if (_ready.Add(recipient, _recipientsPerTransaction) || _working == 0) worker = Recruit();
        }
        worker?.Start();
        return true;
    }

    /// <summary>What failed before <paramref name="timestamp"/> holds nobody back any more: those that are ready
    /// go now.</summary>
    public void AskAgain(long timestamp)
    {
        lock (_gate)
        {
            if (timestamp <= _askedAgain) return;
            Volatile.Write(ref _askedAgain, timestamp);
            _rest = TimeSpan.Zero;
            _hasWaited = false;
        }
        Wake();
    }

    /// <summary>The next recipient for a worker that has a free connection; false when none may go now.</summary>
    public bool TryTake(out int slot)
    {
        LaneWorker? another;
        lock (_gate)
        {
            if (!TryTakeLocked(out slot)) return false;
            // What is left may be worth another connection.
            another = Recruit();
        }
        another?.Start();
        return true;
    }

    /// <summary>The next recipient, or the connection goes to rest and the worker ends, in one step: no arrival is
    /// missed.</summary>
    public LaneTurn TakeOrPark(PooledConnection connection, out int slot)
    {
        lock (_gate)
        {
            if (TryTakeLocked(out slot)) return LaneTurn.Take;
            if (IsEnding) return LaneTurn.Leave;
            _working--;
            _pool.Return(connection, _services.Clock.GetTimestamp());
            // With a rate, recipients may still wait: the alarm was set by TryTakeLocked.
            return LaneTurn.Parked;
        }
    }

    /// <summary>A worker has its connection: the site answers.</summary>
    public void Opened(bool isFirst)
    {
        lock (_gate)
        {
            if (isFirst) _connecting--;
            _hasAnswered = true;
            _hasWaited = false;
            _rest = TimeSpan.Zero;
        }
    }

    /// <summary>
    /// A worker ends without a connection because every host rests; the lane rests as long. Those that are ready
    /// wait for
    /// the next try; if that, too, was made by another lane or worker, it was theirs: they are returned.
    /// </summary>
    public int[] Rested(bool isFirst, TimeSpan rest)
    {
        lock (_gate)
        {
            Leave(isFirst);
            if (_hasWaited && _working + _pool.Count == 0) return Abandon();
            _hasWaited = true;
            RestFor(rest);
            return [];
        }
    }

    /// <summary>
    /// A worker ends because nothing could be opened. Returns the recipients for whom that was the attempt: all that
    /// are
    /// ready, unless other connections still serve them.
    /// </summary>
    public int[] Unreachable(bool isFirst, TimeSpan rest)
    {
        lock (_gate)
        {
            Leave(isFirst);
            if (_working + _pool.Count == 0) return Abandon();
            // The site takes some connections, only not more: those that are open carry on.
            _hasWaited = true;
            RestFor(rest);
            return [];
        }
    }

    /// <summary>A worker without a connection ends if nothing is ready; false when it should open another
    /// one.</summary>
    public bool TryLeave()
    {
        lock (_gate)
        {
            if (!IsEnding && _ready.Count > 0) return false;
            _working--;
            return true;
        }
    }

    /// <summary>A worker ends for any other reason (a stop, our own mistake); what is ready waits for
    /// <paramref name="rest"/>.</summary>
    public void Left(bool isFirst, TimeSpan rest)
    {
        lock (_gate)
        {
            Leave(isFirst);
            RestFor(rest);
        }
    }

    /// <summary>The site took fewer recipients than it was given.</summary>
    public void TookOnly(int recipients) =>
        _recipientsPerTransaction = Math.Clamp(recipients, 1, _recipientsPerTransaction);

    /// <inheritdoc/>
    public void BudgetIsFree()
    {
        lock (_gate) _isInLine = false;
        Wake();
    }

    /// <summary>Removes connections that rest since before <paramref name="cutOff"/>: the caller closes them.</summary>
    public void TakeIdleSince(long cutOff, List<PooledConnection> old)
    {
        lock (_gate) _pool.TakeIdleSince(cutOff, old);
    }

    /// <summary>Closes a lane in which nothing waits, works or rests; lane objects exist only while they are
    /// needed.</summary>
    public bool TryRetire()
    {
        lock (_gate)
        {
            if (_isClosed || _ready.Count + _working + _pool.Count > 0 || _isInLine || RestLeft() > TimeSpan.Zero)
                return false;
            _isClosed = true;
        }
        _alarm.Dispose();
        return true;
    }

    /// <summary>
    /// Takes no more: workers end after their transaction. Returns the recipients that were ready, and moves the
    /// resting
    /// connections to <paramref name="resting"/>.
    /// </summary>
    public int[] Close(List<PooledConnection> resting)
    {
        _alarm.Dispose();
        lock (_gate)
        {
            _isClosed = true;
            _pool.TakeIdleSince(long.MaxValue, resting);
            return _ready.TakeAll();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _alarm.Dispose();

    private bool IsEnding => _isClosed || _services.Stopping.IsCancellationRequested;

    private void Wake()
    {
        LaneWorker? worker;
        lock (_gate) worker = Recruit();
        worker?.Start();
    }

    private bool TryTakeLocked(out int slot)
    {
        slot = 0;
        if (IsEnding || _ready.Count == 0) return false;
        if (_rate is not null)
        {
            var wait = _rate.UntilFree();
            if (wait > TimeSpan.Zero)
            {
                SetAlarm(wait);
                return false;
            }
            _rate.Take();
        }
        slot = _ready.Take();
        // Another worker may be needed for the next one while this one waits for the peer.
        if (_rate is not null && _ready.Count > 0) SetAlarm(_rate.UntilFree());
        return true;
    }

    // At most one worker, and only when it finds something to do: a resting connection first, else a new one.
    private LaneWorker? Recruit()
    {
        if (IsEnding || _ready.Count == 0) return null;
        if (_rate?.UntilFree() is { Ticks: > 0 } wait)
        {
            SetAlarm(wait);
            return null;
        }
        if (_pool.TryTake() is { } rested)
        {
            _working++;
            return new LaneWorker(this, _services, rested);
        }
        if (!MayConnect()) return null;
        _working++;
        _connecting++;
        return new LaneWorker(this, _services, null);
    }

    private bool MayConnect()
    {
        if (_working >= Route.Limits.Connections) return false;
        // Each connection that is being opened will carry one transaction of those that are ready.
        if (_working > 0 && _ready.Transactions <= _connecting) return false;
        if (!_hasAnswered && _connecting >= ConnectingAtFirst) return false;
        if (RestLeft() is { Ticks: > 0 } rest)
        {
            SetAlarm(rest);
            return false;
        }
        if (_isInLine) return false;
        _isInLine = !_services.Budget.TryTake(this);
        return !_isInLine;
    }

    private int[] Abandon()
    {
        _hasAnswered = false;
        _hasWaited = false;
        return _ready.TakeAll();
    }

    private void Leave(bool isFirst)
    {
        _working--;
        if (isFirst) _connecting--;
    }

    private void RestFor(TimeSpan rest)
    {
        if (rest <= TimeSpan.Zero) return;
        _restBegan = _services.Clock.GetTimestamp();
        _rest = rest;
        // Workers that are left serve those that are ready, at their own pace.
        if (_ready.Count > 0 && _working == 0) SetAlarm(rest);
    }

    private TimeSpan RestLeft() =>
        _rest == TimeSpan.Zero ? TimeSpan.Zero : _rest - _services.Clock.GetElapsedTime(_restBegan);

    // An alarm that comes too early finds nothing to do and sets itself again.
    private void SetAlarm(TimeSpan wait)
    {
        if (!_isClosed)
        {
            _alarm.Change(
            wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }
}

/// <summary>What a lane tells a worker that asks for more.</summary>
internal enum LaneTurn
{
    /// <summary>Here is one.</summary>
    Take,

    /// <summary>None now: the connection rests, the worker ends.</summary>
    Parked,

    /// <summary>The lane is closed: the worker closes its connection and ends.</summary>
    Leave,
}

/// <summary>How a lane stands.</summary>
/// <param name="Site">Where it leads.</param>
/// <param name="Source">From where.</param>
/// <param name="Limits">What it keeps to.</param>
/// <param name="Ready">Recipients that are due and wait for a connection.</param>
/// <param name="Working">Connections that carry something, or are being opened.</param>
/// <param name="Idle">Connections that rest.</param>
/// <param name="Rest">For how long nothing new is opened; zero or less when it may.</param>
public sealed record LaneStatus(
    string Site, string Source, LaneLimits Limits, int Ready, int Working, int Idle, TimeSpan Rest);
