namespace Ekiden.Spool.Content;

/// <summary>
/// The process-wide budget for message content in memory: being received, being sent, or waiting for its first attempt.
/// </summary>
/// <param name="limit">Bytes.</param>
internal sealed class ContentMemory(long limit)
{
    private long _used;

    /// <summary>Bytes of buffers in use.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>The budget in bytes.</summary>
    public long Limit { get; } = limit;

    /// <summary>More than the budget is in use: content goes to disk, and the cache gives up its oldest.</summary>
    public bool IsShort => Used > Limit;

    public void Take(int bytes) => Interlocked.Add(ref _used, bytes);

    public void Give(int bytes) => Interlocked.Add(ref _used, -bytes);
}
