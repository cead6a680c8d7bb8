namespace Ekiden.Delivery.Lanes;

/// <summary>
/// How many connections the whole process may hold. A lane that finds none left waits in line, and is told when one is
/// free: nobody asks again and again.
/// </summary>
/// <param name="limit">Connections at once; at least 4.</param>
internal sealed class ConnectionBudget(int limit)
{
    // delivery.md §2, issue 3: receivers that do not answer never hold more than a quarter.
    private readonly int _connectingLimit = Math.Max(1, limit / 4);

    // Mass mail leaves a fifth of all connections to the rest.
    private readonly int _bulkLimit = limit - (limit / 5);

    private readonly Lock _gate = new();
    private readonly Queue<IBudgetWaiter> _waiting = new();
    private readonly Queue<IBudgetWaiter> _waitingBulk = new();
    private int _used;
    private int _connecting;

    /// <summary>Connections held.</summary>
    public int Used => Volatile.Read(ref _used);

    /// <summary>Lanes are waiting for a connection: resting ones of other lanes should go.</summary>
    public bool IsExhausted
    {
        get
        {
            lock (_gate) return _waiting.Count + _waitingBulk.Count > 0;
        }
    }

    /// <summary>Takes the right to open one connection; false puts <paramref name="waiter"/> in line.</summary>
    /// <param name="waiter">Who asks.</param>
    /// <param name="isBulk">Only bulk waits there.</param>
    /// <param name="isKnown">The site has answered before: it is no black hole.</param>
    public bool TryTake(IBudgetWaiter waiter, bool isBulk, bool isKnown)
    {
        lock (_gate)
        {
            if (_used < (isBulk ? _bulkLimit : limit) && (isKnown || _connecting < _connectingLimit))
            {
                _used++;
                _connecting++;
                return true;
            }
            (isBulk ? _waitingBulk : _waiting).Enqueue(waiter);
            return false;
        }
    }

    /// <summary>The connection is open: it no longer counts among those that are being opened.</summary>
    public void Opened() => Free(used: 0);

    /// <summary>An open connection was closed.</summary>
    public void Closed() => Free(used: 1, connecting: 0);

    /// <summary>The connection could not be opened.</summary>
    public void Failed() => Free(used: 1);

    private void Free(int used, int connecting = 1)
    {
        IBudgetWaiter? next;
        lock (_gate)
        {
            _used -= used;
            _connecting -= connecting;
            // A lane asks for itself once more: it may have got mail of the other kind.
            if (!_waiting.TryDequeue(out next) && _used < _bulkLimit) _waitingBulk.TryDequeue(out next);
        }
        next?.BudgetIsFree();
    }
}
