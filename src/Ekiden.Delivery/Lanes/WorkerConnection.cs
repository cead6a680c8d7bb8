using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Routes;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Lanes;

/// <summary>
/// The one connection of a worker and its place in the process's budget: a lost connection is replaced in the same
/// place.
/// </summary>
internal sealed class WorkerConnection
{
    private readonly Lane _lane;
    private readonly LaneServices _services;
    private PooledConnection? _current;
    private Farewell? _farewell;

    /// <summary>A connection from the pool, or a place to open one in.</summary>
    public WorkerConnection(Lane lane, LaneServices services, PooledConnection? rested)
    {
        _lane = lane;
        _services = services;
        _current = rested;
        IsFirst = rested is null;
        // Noticed without a round trip; what closes a moment later shows in the transaction.
        if (rested is not null && rested.Connection.HasGoneAway()) Leave();
    }

    /// <summary>The place was given for a connection that is not open yet.</summary>
    public bool IsFirst { get; private set; }

    /// <summary>There is a connection.</summary>
    public bool IsReady => _current is not null;

    /// <summary>The connection.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public PooledConnection Current => _current ?? throw new InvalidOperationException("There is no connection.");

    /// <summary>The connection is in order and may carry another transaction.</summary>
    public bool MayCarryMore =>
        _current is { } current
        && current.Connection.IsUsable
        && current.Transactions < _lane.MessagesPerConnection;

    /// <summary>Opens one; it counts as this worker's from then on.</summary>
    public ValueTask<OpenResult> OpenAsync() => OpenAsync(_lane.Route);

    /// <summary>Opens one with verified TLS, in place of the one that there is.</summary>
    public ValueTask<OpenResult> OpenVerifiedAsync()
    {
        Leave();
        return OpenAsync(_lane.Route.Verified());
    }

    private async ValueTask<OpenResult> OpenAsync(Route route)
    {
        await WaitForRoomAsync();
        OpenResult result;
        long asked;
        do
        {
            asked = _lane.AskedAgain;
            result = await _services.Opener.OpenAsync(
                new OpenWish(route, _lane.Source, _lane.Open > 0, asked), _services.Stopping);
        }
        // Asked again meanwhile: what rested then does not rest now.
        while (result is OpenResult.Resting && _lane.AskedAgain != asked);
        switch (result)
        {
            case OpenResult.Opened opened:
                _current = new PooledConnection(opened.Connection, _lane);
                _services.Metrics.ConnectionOpened();
                if (IsFirst) _services.Budget.Opened();
                _lane.Opened(IsFirst);
                IsFirst = false;
                break;
            case OpenResult.Failed:
                _services.Metrics.ConnectionFailed();
                break;
            default:
                _services.Metrics.HostsResting();
                break;
        }
        return result;
    }

    /// <summary>Carries one transaction.</summary>
    public Task<IReadOnlyList<RecipientResponse>> SendAsync(OutgoingMessage message)
    {
        Current.Transactions++;
        return Current.Connection.SendAsync(message, _services.LastDot, _services.Aborting);
    }

    /// <summary>
    /// The server had closed a connection that carried others before: MAIL was not answered, or by 421. Nothing of the
    /// message was taken, so another connection may carry it at once.
    /// </summary>
    public bool WasStale(IReadOnlyList<RecipientResponse> responses)
    {
        if (Current.Transactions < 2) return false;
        foreach (var response in responses)
        {
            var isStale = response is RecipientResponse.Broken { Phase: SmtpPhase.Mail, AfterDot: false }
                or RecipientResponse.Refused { Phase: SmtpPhase.Mail, Reply.Code: 421 };
            if (!isStale) return false;
        }
        return true;
    }

    /// <summary>Leaves the connection, with QUIT where it is in order, and keeps the place.</summary>
    /// <param name="wasClosed">The server had closed it before the transaction that it was last used for.</param>
    public void Leave(bool wasClosed = false)
    {
        if (_current is not { } current) return;
        _current = null;
        _lane.Lost(wasClosed ? current.Transactions - 1 : current.Transactions, wasClosed);
        _farewell = _services.Closer.Close(current, keepsPlace: true);
    }

    /// <summary>
    /// Waits until the connection that was left is closed, where the lane has no room for another one beside it: the
    /// site counts both.
    /// </summary>
    public Task WaitForRoomAsync()
    {
        if (_farewell is not { Ended.IsCompleted: false } farewell) return Task.CompletedTask;
        return _lane.HasRoomBeside && !_services.Budget.IsExhausted ? Task.CompletedTask : farewell.Ended;
    }

    /// <summary>Gives the place back; there is no connection. True when none was ever opened in it.</summary>
    public bool GiveUpPlace()
    {
        var wasFirst = IsFirst;
        IsFirst = false;
        if (wasFirst) _services.Budget.Failed();
        else if (_farewell is not { } farewell || !farewell.TryHandOver()) _services.Budget.Closed();
        return wasFirst;
    }

    /// <summary>
    /// The worker ends: the connection, if any, is closed, and the place given back. As <see cref="GiveUpPlace"/>.
    /// </summary>
    public bool End()
    {
        if (_current is not { } current) return GiveUpPlace();
        _current = null;
        _lane.Lost(current.Transactions, byPeer: false);
        _services.Closer.Close(current, keepsPlace: false);
        return false;
    }
}
