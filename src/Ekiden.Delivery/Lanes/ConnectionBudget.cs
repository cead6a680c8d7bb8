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

    private readonly Lock _gate = new();
    private readonly Queue<IBudgetWaiter> _waiting = new();
    private int _used;
    private int _connecting;

    /// <summary>Connections held.</summary>
    public int Used => Volatile.Read(ref _used);

    /// <summary>Lanes are waiting for a connection: resting ones of other lanes should go.</summary>
    public bool IsExhausted
    {
        get
        {
            lock (_gate) return _waiting.Count > 0;
        }
    }

    /// <summary>Takes the right to open one connection; false puts <paramref name="waiter"/> in line.</summary>
    public bool TryTake(IBudgetWaiter waiter)
    {
        lock (_gate)
        {
            if (_used < limit && _connecting < _connectingLimit)
            {
                _used++;
                _connecting++;
                return true;
            }
            _waiting.Enqueue(waiter);
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
            _waiting.TryDequeue(out next);
        }
        next?.BudgetIsFree();
    }
}
