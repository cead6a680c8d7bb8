namespace Ekiden.Delivery.Connections;

/// <summary>
/// The connections of one lane that carry nothing at the moment. The last one used goes out first, so that those not
/// needed grow old and are closed.
/// </summary>
/// <remarks>Not thread-safe: the lane's lock guards it. A connection is lent to one transaction at a time.</remarks>
internal sealed class ConnectionPool
{
    /// <summary>
    /// RFC 5321 sets no limit; receivers close after 30 s to 300 s, and a resting connection costs both sides.
    /// </summary>
    public static readonly TimeSpan MaxIdle = TimeSpan.FromSeconds(60);

    private readonly List<PooledConnection> _idle = [];

    /// <summary>How many rest.</summary>
    public int Count => _idle.Count;

    /// <summary>Takes the one used last; null when none rests.</summary>
    public PooledConnection? TryTake()
    {
        if (_idle.Count == 0) return null;
        var connection = _idle[^1];
        _idle.RemoveAt(_idle.Count - 1);
        return connection;
    }

    /// <summary>Puts a connection to rest.</summary>
    public void Return(PooledConnection connection, long now)
    {
        connection.IdleSince = now;
        _idle.Add(connection);
    }

    /// <summary>Removes those that rest since before <paramref name="cutOff"/>: the caller closes them.</summary>
    public void TakeIdleSince(long cutOff, List<PooledConnection> old)
    {
        // The oldest are first.
        var count = 0;
        while (count < _idle.Count && _idle[count].IdleSince <= cutOff) count++;
        old.AddRange(_idle[..count]);
        _idle.RemoveRange(0, count);
    }
}
