using Ekiden.Delivery.Connections;

namespace Ekiden.Delivery.Lanes;

/// <summary>
/// The connections of one lane by what they do. One that says goodbye counts until it is closed: the site counts it,
/// too.
/// </summary>
/// <remarks>Not thread-safe: the lane's lock guards it.</remarks>
internal sealed class LaneConnections
{
    // DESIGN §11, start of a lane: a site that never answered may be a black hole.
    private const int ConnectingAtFirst = 2;

    private readonly ConnectionPool _resting = new();

    /// <summary>Workers: each has a connection, or opens one.</summary>
    public int Working { get; private set; }

    /// <summary>Workers that never had one.</summary>
    public int Connecting { get; private set; }

    /// <summary>Open and in use, resting ones included.</summary>
    public int Open { get; private set; }

    /// <summary>Those that carry nothing.</summary>
    public int Resting => _resting.Count;

    /// <summary>Those that say goodbye.</summary>
    public int Closing { get; private set; }

    /// <summary>Nobody works, and nobody could without a new connection.</summary>
    public bool IsUnused => Working + Resting == 0;

    /// <summary>There is none, and none is left to be closed.</summary>
    public bool IsEmpty => Working + Resting + Closing == 0;

    /// <summary>Somebody was connected, and the site has not been given up since.</summary>
    public bool HasAnswered { get; set; }

    /// <summary>May another worker open one?</summary>
    /// <param name="limit">Connections at once.</param>
    /// <param name="transactions">About how many are ready: each one that is being opened will carry one.</param>
    public bool MayAdd(int limit, int transactions) =>
        Working + Resting + Closing < limit
        && (Working == 0 || transactions > Connecting)
        && (HasAnswered || Connecting < ConnectingAtFirst);

    /// <summary>May a worker open another one while the one it had is being closed?</summary>
    /// <param name="limit">Connections at once.</param>
    public bool HasRoomBeside(int limit) => Working + Resting + Closing <= limit;

    /// <summary>The one that was used last, for a new worker; null when none rests.</summary>
    public PooledConnection? TryWake()
    {
        if (_resting.TryTake() is not { } rested) return null;
        Working++;
        return rested;
    }

    /// <summary>A new worker opens one.</summary>
    public void Connect()
    {
        Working++;
        Connecting++;
    }

    /// <summary>A worker has its connection.</summary>
    /// <param name="isFirst">It never had one.</param>
    public void Opened(bool isFirst)
    {
        if (isFirst) Connecting--;
        Open++;
        HasAnswered = true;
    }

    /// <summary>A worker ends, and its connection rests.</summary>
    public void Park(PooledConnection connection, long timestamp)
    {
        Working--;
        _resting.Return(connection, timestamp);
    }

    /// <summary>A connection begins to say goodbye; its worker may go on.</summary>
    public void Leave()
    {
        Open--;
        Closing++;
    }

    /// <summary>A connection is closed.</summary>
    public void Closed() => Closing--;

    /// <summary>A worker ends without a connection.</summary>
    /// <param name="isFirst">It never had one.</param>
    public void Dismiss(bool isFirst)
    {
        Working--;
        if (isFirst) Connecting--;
    }

    /// <summary>Moves those that rest since before <paramref name="cutOff"/>; the caller closes them.</summary>
    public void TakeIdleSince(long cutOff, List<PooledConnection> old)
    {
        var before = old.Count;
        _resting.TakeIdleSince(cutOff, old);
        Open -= old.Count - before;
        Closing += old.Count - before;
    }
}
