namespace Ekiden.Directory.Idempotency;

/// <summary>The right to do a request that names itself. Disposed when it was done, or was not.</summary>
public sealed class RequestClaim : IAsyncDisposable
{
    private readonly IdempotencyStore _store;
    private bool _isPromised;
    private bool _isDone;

    internal RequestClaim(IdempotencyStore store, UInt128 name, RepeatedRequest request)
    {
        (_store, Name, Request) = (store, name, request);
    }

    internal UInt128 Name { get; }

    /// <summary>What was asked.</summary>
    public RepeatedRequest Request { get; }

    /// <summary>
    /// Says, durably, what is about to be done and what will be answered: after a crash the answer counts when
    /// <paramref name="subject"/> turns out to be there.
    /// </summary>
    /// <param name="subject">The id of the message or batch.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="answer">The body.</param>
    public async Task PromiseAsync(UInt128 subject, int status, byte[] answer, CancellationToken cancel)
    {
        await _store.WriteAsync(new StoredRequest(Name, Request.Fingerprint, subject, status, answer), cancel);
        _isPromised = true;
    }

    /// <summary>It was done: the promise holds. Written soon, since a restart would find out by itself.</summary>
    public void Complete()
    {
        _isDone = true;
        _store.Settle(Name, keep: true);
    }

    /// <summary>Takes the promise back unless it was completed, and lets others ask.</summary>
    public ValueTask DisposeAsync()
    {
        if (_isPromised && !_isDone) _store.Settle(Name, keep: false);
        _store.Release(Name);
        return ValueTask.CompletedTask;
    }
}
