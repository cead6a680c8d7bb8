namespace Ekiden.Delivery.Connections;

/// <summary>A connection that is being closed, and who has its place in the process's budget.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="keepsPlace">The place is its worker's, which may open another connection in it.</param>
internal sealed class Farewell(bool keepsPlace)
{
    private const int Kept = 0;
    private const int Handed = 1;
    private const int Over = 2;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _place = keepsPlace ? Kept : Handed;

    /// <summary>Completes when the connection is closed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>
    /// The worker needs the place no more: it is free when the connection is closed. False when it is closed already:
    /// the worker gives the place back itself.
    /// </summary>
    public bool TryHandOver() => Interlocked.CompareExchange(ref _place, Handed, Kept) == Kept;

    /// <summary>The connection is closed. True when its place is to be given back with it.</summary>
    public bool End() => Interlocked.Exchange(ref _place, Over) == Handed;

    /// <summary>All is done that follows from the end.</summary>
    public void Complete() => _ended.SetResult();
}
