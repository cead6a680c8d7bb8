using Ekiden.Delivery.Attempts;
using Ekiden.Delivery.Lanes;
using Ekiden.Delivery.Routes;
using Ekiden.Mail;
using Microsoft.Extensions.Logging;

namespace Ekiden.Delivery.Queue;

/// <summary>
/// One destination domain that mail is due for. Knows its lane while its route is valid; otherwise recipients wait here
/// until the route is found.
/// </summary>
internal sealed partial class Destination(string domain, DestinationServices services) : IWaitingPlace,
    IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly DomainMemory _memory = new();
    private Queue<DueRecipient> _pending = new();
    private Lane? _lane;
    private DateTimeOffset _validUntil;
    private bool _isFinding;
    private long _askedAgain = long.MinValue;

    /// <summary>Where its recipients go, or went last; null before the first route was found.</summary>
    public Lane? Lane => Volatile.Read(ref _lane);

    /// <summary>Nothing waits here, nothing is remembered that will be needed, and its lane is gone.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
            {
                return !_isFinding && _pending.Count == 0 && !_memory.IsWorthKeeping
                    && (_lane is null || _lane.IsClosed);
            }
        }
    }

    /// <inheritdoc/>
    public bool Holds(Destination destination) => destination == this;

    /// <summary>Learns its lane, if that needs no name service.</summary>
    public void KnowLane()
    {
        lock (_gate) TryKnowLane();
    }

    /// <summary>Takes a recipient that is due. Never blocks, never throws.</summary>
    public void Offer(DueRecipient recipient)
    {
        lock (_gate)
        {
            if (TryKnowLane() && _lane!.Enqueue(recipient)) return;
            _pending.Enqueue(recipient);
            if (_isFinding) return;
            _isFinding = true;
        }
        services.Shared.Activity.Start(this);
    }

    /// <summary>The route is looked up again before it is used.</summary>
    public void ForgetRoute()
    {
        lock (_gate) _validUntil = DateTimeOffset.MinValue;
    }

    /// <summary>Its recipients are tried now, whatever rests because it failed before: an operator said so.</summary>
    public void AskAgain()
    {
        lock (_gate)
        {
            _askedAgain = services.Shared.Clock.GetTimestamp();
            _lane?.AskAgain(_askedAgain);
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = FindRouteAsync();

    // The exception barrier of the search for routes: M-R1.
    private async Task FindRouteAsync()
    {
        try
        {
            while (TakePending() is { } waiting)
            {
                services.Shared.Stopping.ThrowIfCancellationRequested();
                await FindRouteAsync(waiting);
            }
        }
        catch (OperationCanceledException) when (services.Shared.Stopping.IsCancellationRequested)
        {
            // What is pending waits, in the journal, for the next start.
        }
        catch (Exception e)
        {
            // Only the journal's end comes here, and with it that of the process.
            Log.Stopped(services.Shared.Logger, domain, e);
        }
        finally
        {
            services.Shared.Activity.End();
        }
    }

    private async ValueTask FindRouteAsync(Queue<DueRecipient> waiting)
    {
        var begun = services.Shared.Clock.GetUtcNow();
        var result = await FindOrDeferAsync();
        if (result is RouteResult.Found found)
        {
            UseLane(services.Lanes.Get(found.Route), found.ValidUntil, waiting);
            return;
        }
        var none = (RouteResult.None)result;
        var unsent = new Unsent(none.Outcome, begun) { RetryAfter = none.RetryAfter };
        await services.Shared.Unsent.RecordAsync(
            waiting.Select(static recipient => recipient.Slot), this, unsent, services.Shared.Stopping);
    }

    private async ValueTask<RouteResult> FindOrDeferAsync()
    {
        try
        {
            return await services.Lanes.Routes.FindAsync(domain, _memory, services.Shared.Stopping);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.NoRoute(services.Shared.Logger, domain, e);
            return new RouteResult.None(new DeliveryOutcome.Deferred(
                DeferralReason.Local, new EnhancedStatus(4, 3, 0), null, "the route could not be found",
                    MayBeDuplicated: false));
        }
    }

    private void UseLane(Lane lane, DateTimeOffset validUntil, Queue<DueRecipient> waiting)
    {
        lock (_gate)
        {
            Use(lane, validUntil);
            while (waiting.TryPeek(out var next) && lane.Enqueue(next)) waiting.Dequeue();
            while (_pending.TryPeek(out var next) && lane.Enqueue(next)) _pending.Dequeue();
            // The lane was closed a moment ago: once more, for those that are left.
            while (waiting.TryDequeue(out var next)) _pending.Enqueue(next);
        }
    }

    // Null when nothing waits any more: the search ends under the same lock in which an arrival would begin one.
    private Queue<DueRecipient>? TakePending()
    {
        lock (_gate)
        {
            _isFinding = _pending.Count > 0;
            if (!_isFinding) return null;
            var taken = _pending;
            _pending = new Queue<DueRecipient>();
            return taken;
        }
    }

    // Under the lock. Without the name service where that is possible.
    private bool TryKnowLane()
    {
        if (_validUntil == DateTimeOffset.MaxValue || services.Shared.Clock.GetUtcNow() < _validUntil) return true;
        if (services.Lanes.Routes.FindKnown(domain) is not RouteResult.Found found) return false;
        Use(services.Lanes.Get(found.Route), found.ValidUntil);
        return true;
    }

    // Under the lock.
    private void Use(Lane lane, DateTimeOffset validUntil)
    {
        Volatile.Write(ref _lane, lane);
        _validUntil = validUntil;
        lane.AskAgain(_askedAgain);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The route of {Domain} could not be found; its mail is tried again later")]
        public static partial void NoRoute(ILogger logger, string domain, Exception exception);

        [LoggerMessage(LogLevel.Critical, "Mail for {Domain} is not delivered any more")]
        public static partial void Stopped(ILogger logger, string domain, Exception exception);
    }
}
