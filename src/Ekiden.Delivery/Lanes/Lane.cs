using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Delivery.Lanes.Ready;
using Ekiden.Delivery.Queue;
using Ekiden.Delivery.Routes;

namespace Ekiden.Delivery.Lanes;

/// <summary>One source to one site: who goes next, over how many connections, how fast. Nothing else limits.</summary>
/// <remarks>
/// Thread-safe; its lock is held for a few instructions and never while anything else is waited for. Each arrival wakes
/// at most one worker, each free slot serves one waiter, and nothing is scanned (delivery.md Q5).
/// </remarks>
internal sealed class Lane : IWaitingPlace, IBudgetWaiter, IDisposable
{
    private static readonly TimeSpan BetweenSifts = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Never = TimeSpan.MaxValue;

    private readonly LaneServices _services;
    private readonly Lock _gate = new();
    private readonly ScopeLimits _scopes;
    private readonly LaneKnowledge _knowledge;
    private readonly LaneSchedule _schedule;
    private readonly LaneConnections _connections = new();
    private readonly LaneView _view;
    private readonly ITimer _alarm;
    private volatile int _recipientsPerTransaction;
    private bool _hasWaited;
    private bool _isInLine;
    private bool _isClosed;
    private TimeSpan _restsUntil;
    private TimeSpan _siftsAt;
    private long _askedAgain = long.MinValue;

    /// <summary>A lane without connections.</summary>
    public Lane(Route route, EgressSource source, LaneServices services)
    {
        Route = route;
        Source = source;
        _services = services;
        _recipientsPerTransaction = Math.Min(
            route.Limits.RecipientsPerTransaction, route.Provider.Pack.Limits.RecipientsPerTransaction);
        _scopes = services.Memory.ScopesOf(route.Site);
        _knowledge = new LaneKnowledge(route, source, services);
        _schedule = new LaneSchedule(_knowledge.Recall(), _scopes, services.Bytes);
        _view = new LaneView(this, services.Clock, _schedule, _connections, _knowledge);
        _alarm = services.Clock.CreateTimer(
            static lane => ((Lane)lane!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Where it leads.</summary>
    public Route Route { get; }

    /// <summary>From where.</summary>
    public EgressSource Source { get; }

    /// <summary>Recipients that a transaction may have: the limit, or fewer when the site said "too many".</summary>
    public int RecipientsPerTransaction => _recipientsPerTransaction;

    /// <summary>A worker may open another connection although the one that it had is still being closed.</summary>
    public bool HasRoomBeside
    {
        get
        {
            lock (_gate) return _connections.HasRoomBeside(Control.Connections);
        }
    }

    /// <summary>When somebody last wanted it tried again: hosts that failed before do not rest for it.</summary>
    public long AskedAgain => Volatile.Read(ref _askedAgain);

    /// <summary>Transactions until QUIT.</summary>
    /// <remarks>Read without the lock: one number, and an old one does no harm.</remarks>
    public int MessagesPerConnection => Control.MessagesPerConnection;

    /// <summary>It takes no more recipients.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Connections that are open, resting ones included.</summary>
    public int Open
    {
        get
        {
            lock (_gate) return _connections.Open;
        }
    }

    /// <summary>How it stands, for metrics and <c>ekiden lanes</c>.</summary>
    public LaneStatus Status
    {
        get
        {
            lock (_gate) return _view.Status(Now(), Circumstances());
        }
    }

    /// <inheritdoc/>
    public bool Holds(Destination destination) => destination.Lane == this;

    /// <summary>A recipient that is due. False when the lane is closed: ask for another one.</summary>
    public bool Enqueue(in DueRecipient recipient)
    {
        LaneWorker? worker = null;
        lock (_gate)
        {
            if (_isClosed) return false;
            // One that goes with the one before it needs no worker of its own while somebody works here.
            if (_schedule.Add(recipient, _recipientsPerTransaction) || _connections.Working == 0)
                worker = Recruit(Now());
        }
        worker?.Start();
        return true;
    }

    /// <summary>
    /// What failed before <paramref name="timestamp"/> holds nobody back any more: those that are ready go now.
    /// </summary>
    public void AskAgain(long timestamp)
    {
        lock (_gate)
        {
            if (timestamp <= _askedAgain) return;
            Volatile.Write(ref _askedAgain, timestamp);
            _restsUntil = TimeSpan.Zero;
            _hasWaited = false;
            Control.AskAgain(Now());
        }
        Wake();
    }

    /// <summary>
    /// Gives the last ticket back, and takes one for a worker that has a free connection; false when none may go now.
    /// </summary>
    public bool TryTake(ref LaneTicket ticket)
    {
        LaneWorker? another;
        lock (_gate)
        {
            var now = Now();
            _schedule.Return(ref ticket, now, _connections);
            if (!TryTakeLocked(now, ref ticket)) return false;
            // What is left may be worth another connection.
            another = Recruit(now);
        }
        another?.Start();
        return true;
    }

    /// <summary>
    /// The next recipient, or the connection goes to rest and the worker ends, in one step: no arrival is missed.
    /// </summary>
    public LaneTurn TakeOrPark(PooledConnection connection, ref LaneTicket ticket)
    {
        lock (_gate)
        {
            var now = Now();
            _schedule.Return(ref ticket, now, _connections);
            if (TryTakeLocked(now, ref ticket)) return LaneTurn.Take;
            if (IsEnding) return LaneTurn.Leave;
            _connections.Park(connection, _services.Clock.GetTimestamp());
            // Recipients may still wait, for a rate or a pause: the alarm was set by TryTakeLocked.
            return LaneTurn.Parked;
        }
    }

    /// <summary>A worker has its connection: the site answers.</summary>
    public void Opened(bool isFirst)
    {
        lock (_gate)
        {
            Control.Opened(_connections.Open);
            _connections.Opened(isFirst);
            _hasWaited = false;
            _restsUntil = TimeSpan.Zero;
        }
    }

    /// <summary>A connection that was open is left.</summary>
    /// <param name="messages">Transactions that it carried.</param>
    /// <param name="byPeer">The site closed it between two transactions.</param>
    public void Lost(int messages, bool byPeer)
    {
        lock (_gate)
        {
            _connections.Leave();
            var now = Now();
            if (byPeer) Control.Heard(new LaneSignal.Closed(messages), now, now, _schedule.Load(_connections));
            else Control.Ended(now, messages);
        }
    }

    /// <summary>A connection that was left is closed: there is room for another one.</summary>
    public void Closed()
    {
        LaneWorker? worker;
        lock (_gate)
        {
            _connections.Closed();
            worker = Recruit(Now());
        }
        worker?.Start();
    }

    /// <summary>
    /// A worker ends without a connection because every host rests; the lane rests as long. Those that are ready wait
    /// for the next try; if that, too, was made by another lane or worker, it was theirs: they are returned.
    /// </summary>
    public List<int> Rested(ref LaneTicket ticket, bool isFirst, TimeSpan rest)
    {
        lock (_gate)
        {
            var now = Now();
            _schedule.Return(ref ticket, now, _connections);
            _connections.Dismiss(isFirst);
            if (_hasWaited && _connections.IsUnused) return Abandon();
            _hasWaited = true;
            RestFor(now, rest);
            return [];
        }
    }

    /// <summary>
    /// A worker ends because nothing could be opened. Returns the recipients for whom that was the attempt: none where
    /// other connections carry on, the first in line where the site spoke to us, all where nobody answers.
    /// </summary>
    /// <param name="ticket">The worker's; given back.</param>
    /// <param name="isFirst">The place was given for a connection that was never open.</param>
    /// <param name="refusal">What the site let us know; null: nobody answered.</param>
    /// <param name="begun">When the try began.</param>
    /// <param name="rest">How long nobody asks again when nobody answers.</param>
    public List<int> Unreachable(
        ref LaneTicket ticket, bool isFirst, LaneSignal? refusal, TimeSpan begun, TimeSpan rest)
    {
        lock (_gate)
        {
            var now = Now();
            _schedule.Return(ref ticket, now, _connections);
            _connections.Dismiss(isFirst);
            // Nobody listens, and nobody is connected: it is down.
            if (refusal is not null
                && (_connections.Open > 0 || refusal is not LaneSignal.TooManyConnections { IsSpoken: false }))
            {
                Control.Heard(refusal, now, begun, _schedule.Load(_connections));
                SetAlarmFor(now);
                return _connections.Open > 0 ? [] : _schedule.TakeFirst(now);
            }
            if (_connections.IsUnused) return Abandon();
            // The site takes some connections, only not more: those that are open carry on.
            _hasWaited = true;
            RestFor(now, rest);
            return [];
        }
    }

    /// <summary>A connection was one too many, and others serve: nothing was said about the mail.</summary>
    public void Refused(ref LaneTicket ticket, LaneSignal refusal, TimeSpan begun)
    {
        lock (_gate)
        {
            var now = Now();
            ticket.Signal = null;
            Control.Heard(refusal, now, begun, _schedule.Load(_connections));
            _schedule.Return(ref ticket, now, _connections);
        }
    }

    /// <summary>A worker without a connection ends if nothing may go; false when it should open another one.</summary>
    public bool TryLeave(ref LaneTicket ticket)
    {
        lock (_gate)
        {
            var now = Now();
            _schedule.Return(ref ticket, now, _connections);
            var wait = Never;
            var mayOpen = Control.UntilOpen(now) == TimeSpan.Zero && _connections.Working <= Control.Connections;
            if (!IsEnding && mayOpen && _schedule.NextKind(now, ref wait) is not null) return false;
            _connections.Dismiss(isFirst: false);
            SetAlarmFor(now);
            return true;
        }
    }

    /// <summary>
    /// A worker ends for any other reason (a stop, our own mistake); what is ready waits for <paramref name="rest"/>.
    /// </summary>
    public void Left(ref LaneTicket ticket, bool isFirst, TimeSpan rest)
    {
        lock (_gate)
        {
            var now = Now();
            _schedule.Return(ref ticket, now, _connections);
            _connections.Dismiss(isFirst);
            RestFor(now, rest);
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

    /// <summary>Removes connections that rest since before <paramref name="cutOff"/>; the caller closes them.</summary>
    public void TakeIdleSince(long cutOff, List<PooledConnection> old)
    {
        lock (_gate)
        {
            _connections.TakeIdleSince(cutOff, old);
        }
    }

    /// <summary>Closes a lane in which nothing waits, works or rests: they exist only while needed.</summary>
    public bool TryRetire()
    {
        lock (_gate)
        {
            if (_isClosed || _isInLine || _schedule.Count > 0 || !_connections.IsEmpty) return false;
            if (RestLeft(Now()) > TimeSpan.Zero) return false;
            _isClosed = true;
            Remember();
        }
        _alarm.Dispose();
        return true;
    }

    /// <summary>
    /// Takes no more: workers end after their transaction. Returns the recipients that were ready, and moves the
    /// resting connections to <paramref name="resting"/>.
    /// </summary>
    public List<int> Close(List<PooledConnection> resting)
    {
        _alarm.Dispose();
        lock (_gate)
        {
            _isClosed = true;
            TakeIdleSince(long.MaxValue, resting);
            Remember();
            return _schedule.Sift(static _ => false);
        }
    }

    /// <summary>Tells the memory what has been learned since the last time.</summary>
    public void Remember()
    {
        lock (_gate) _knowledge.Remember(_schedule.Control);
    }

    /// <summary>Fixes numbers; with nothing fixed they are learned again from what is known.</summary>
    public void Pin(LaneLimits? pins)
    {
        lock (_gate) _schedule.Control = _knowledge.Pin(_schedule.Control, pins);
        Wake();
    }

    /// <summary>Forgets all that was learned.</summary>
    public void Forget()
    {
        lock (_gate) _schedule.Control = _knowledge.Forget();
        Wake();
    }

    /// <summary>Removes those whose lifetime is over while the site is left alone: asked from time to time.</summary>
    /// <param name="why">Why the site is left alone.</param>
    public List<int> TakeOverdue(out string why)
    {
        lock (_gate)
        {
            var now = Now();
            why = "";
            if (_schedule.Count == 0 || now < _siftsAt || Control.Pause(now) is not { } pause) return [];
            _siftsAt = now + BetweenSifts;
            why = pause.Why;
            var utcNow = _services.Clock.GetUtcNow();
            return _schedule.Sift(slot => _services.Journal.Index.Get(slot).ExpiresAt > utcNow);
        }
    }

    /// <summary>Why mail of a kind waits here at the moment.</summary>
    public LaneWait Explain(MailKind mail)
    {
        lock (_gate) return _view.Explain(Now(), Circumstances(), mail);
    }

    /// <inheritdoc/>
    public void Dispose() => _alarm.Dispose();

    private LaneController Control => _schedule.Control;

    private bool IsEnding => _isClosed || _services.Stopping.IsCancellationRequested;

    private TimeSpan Now() => _services.Clock.GetElapsedTime(0);

    private void Wake()
    {
        LaneWorker? worker;
        lock (_gate) worker = Recruit(Now());
        worker?.Start();
    }

    private bool TryTakeLocked(TimeSpan now, ref LaneTicket ticket)
    {
        if (IsEnding) return false;
        var wait = Never;
        if (_schedule.TryTake(now, ref ticket, ref wait)) return true;
        SetAlarm(wait);
        return false;
    }

    // At most one worker, and only when it finds something to do: a resting connection first, else a new one.
    private LaneWorker? Recruit(TimeSpan now)
    {
        if (IsEnding || _schedule.Count == 0) return null;
        var wait = Never;
        if (_schedule.NextKind(now, ref wait) is not { } isBulk)
        {
            SetAlarm(wait);
            return null;
        }
        if (Control.IsProbing && _connections.Working > 0) return null;
        if (_connections.TryWake() is { } rested) return new LaneWorker(this, _services, rested);
        if (!MayConnect(now, isBulk)) return null;
        _connections.Connect();
        return new LaneWorker(this, _services, null);
    }

    private bool MayConnect(TimeSpan now, bool isBulk)
    {
        // Woken by the connection that is closed.
        if (!_connections.MayAdd(Control.Connections, _schedule.Transactions)) return false;
        var rest = RestLeft(now);
        if (Control.UntilOpen(now) is var hold && hold > rest) rest = hold;
        if (rest > TimeSpan.Zero)
        {
            SetAlarm(rest);
            return false;
        }
        if (_isInLine) return false;
        _isInLine = !_services.Budget.TryTake(this, isBulk, _connections.HasAnswered);
        return !_isInLine;
    }

    private List<int> Abandon()
    {
        _connections.HasAnswered = false;
        _hasWaited = false;
        return _schedule.Sift(static _ => false);
    }

    private void RestFor(TimeSpan now, TimeSpan rest)
    {
        if (rest <= TimeSpan.Zero) return;
        _restsUntil = now + rest;
        // Workers that are left serve those that are ready, at their own pace.
        if (_schedule.Count > 0 && _connections.Working == 0) SetAlarm(rest);
    }

    private LaneCircumstances Circumstances() => new(RestLeft(Now()), _isInLine);

    private TimeSpan RestLeft(TimeSpan now) => _restsUntil - now;

    // After a refusal.
    private void SetAlarmFor(TimeSpan now)
    {
        if (_schedule.Count == 0) return;
        var wait = Never;
        if (_schedule.NextKind(now, ref wait) is not null) wait = TimeSpan.Zero;
        var hold = Control.UntilOpen(now);
        if (wait != Never) SetAlarm(wait > hold ? wait : hold);
    }

    // An alarm that comes too early finds nothing to do and sets itself again.
    private void SetAlarm(TimeSpan wait)
    {
        if (_isClosed || wait == Never) return;
        _alarm.Change(
            wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }
}
