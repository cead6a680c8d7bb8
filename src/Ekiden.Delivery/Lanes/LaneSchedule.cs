using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Delivery.Lanes.Ready;
using Ekiden.Delivery.Queue;

namespace Ekiden.Delivery.Lanes;

/// <summary>
/// Who goes next in a lane, and whether now: what is ready, what the site allows, and what is under way.
/// </summary>
/// <remarks>Not thread-safe: the lane's lock guards it.</remarks>
internal sealed class LaneSchedule
{
    private readonly ScopeLimits _scopes;
    private readonly ByteBudget _bytes;
    private readonly ReadyMail _ready;
    private int _out;
    private int _outBulk;

    /// <summary>Nothing is ready.</summary>
    public LaneSchedule(LaneController control, ScopeLimits scopes, ByteBudget bytes)
    {
        Control = control;
        _scopes = scopes;
        _bytes = bytes;
        _ready = new ReadyMail(scopes);
    }

    /// <summary>What the site allows; replaced when an operator pins or forgets.</summary>
    public LaneController Control { get; set; }

    /// <summary>The limits of single accounts and sender domains.</summary>
    public ScopeLimits Scopes => _scopes;

    /// <summary>Recipients that are due.</summary>
    public int Count => _ready.Count;

    /// <summary>Those of them that are bulk.</summary>
    public int BulkCount => _ready.BulkCount;

    /// <summary>About how many transactions they will need.</summary>
    public int Transactions => _ready.Transactions;

    /// <summary>Only bulk is ready.</summary>
    public bool IsBulkOnly => _ready.Count == _ready.BulkCount;

    /// <summary>Bulk has all the connections that it may have.</summary>
    public bool IsBulkFull => _outBulk >= Control.BulkConnections;

    /// <summary>Adds one that is due now. True when it needs a transaction of its own.</summary>
    public bool Add(in DueRecipient recipient, int most) => _ready.Add(recipient, most);

    /// <summary>What came of a transaction.</summary>
    public void Return(ref LaneTicket ticket, TimeSpan now, LaneConnections connections)
    {
        if (!ticket.IsOut) return;
        _out--;
        if (ticket.IsBulk) _outBulk--;
        if (ticket.IsAccepted) Accepted(ticket, now, Load(connections));
        if (ticket.Signal is { } signal) Heard(signal, ticket, now, Load(connections));
        ticket = default;
    }

    /// <summary>Takes the next that may go now; otherwise says when one may, if time alone decides.</summary>
    public bool TryTake(TimeSpan now, ref LaneTicket ticket, ref TimeSpan wait)
    {
        if (NextKind(now, ref wait) is not { } isBulk) return false;
        var slot = _ready.Take(isBulk, now, out var follows);
        // One that goes with the one before is mostly claimed already: it costs no rate.
        if (!follows) Control.Taken(now, isBulk);
        ticket = new LaneTicket { Slot = slot, Begun = now, IsBulk = isBulk, IsOut = true };
        _out++;
        if (isBulk) _outBulk++;
        return true;
    }

    /// <summary>Bulk or not; null when neither may go now.</summary>
    public bool? NextKind(TimeSpan now, ref TimeSpan wait)
    {
        if (_ready.Count == 0 || (Control.IsProbing && _out > 0)) return null;
        var first = _ready.PrefersBulk;
        if (MayGo(first, now, ref wait)) return first;
        return MayGo(!first, now, ref wait) ? !first : null;
    }

    /// <summary>Until the process may send more bytes; zero or less when it may now.</summary>
    public TimeSpan UntilBytes(TimeSpan now, bool isBulk) => _bytes.UntilFree(now, isBulk);

    /// <summary>How busy it is: while mail is ready, all connections are busy, or the rate holds it back.</summary>
    public LaneLoad Load(LaneConnections connections)
    {
        if (_ready.Count == 0) return new LaneLoad(connections.Open, false, false);
        var isFull = connections.Working >= Control.Connections
            || (IsBulkOnly && _outBulk + 1 >= Control.BulkConnections);
        return new LaneLoad(connections.Open, isFull, !isFull && Control.Rate is not null);
    }

    /// <summary>The first in line, as a list of one; empty when none is ready, or all keep to own limits.</summary>
    public List<int> TakeFirst(TimeSpan now)
    {
        var wait = TimeSpan.MaxValue;
        foreach (var isBulk in (ReadOnlySpan<bool>)[false, true])
        {
            if (_ready.HasReady(isBulk, now, ref wait)) return [_ready.Take(isBulk, now, out _)];
        }
        return [];
    }

    /// <summary>Removes those that <paramref name="keeps"/> does not want.</summary>
    public List<int> Sift(Predicate<int> keeps) => _ready.Sift(keeps);

    private void Accepted(in LaneTicket ticket, TimeSpan now, in LaneLoad load)
    {
        Control.Accepted(now, ticket.Begun, load);
        if (_scopes.IsEmpty) return;
        if (ticket.Account is { } account) _scopes.OfAccount(account)?.Accepted(now, ticket.Begun);
        if (ticket.SenderDomain is { } domain) _scopes.OfDomain(domain)?.Accepted(now, ticket.Begun);
    }

    private void Heard(LaneSignal signal, in LaneTicket ticket, TimeSpan now, in LaneLoad load)
    {
        var limit = signal.Scope switch
        {
            LaneScope.Account => _scopes.Get(ticket.Account, null),
            LaneScope.SenderDomain => _scopes.Get(null, ticket.SenderDomain),
            _ => null,
        };
        if (limit is null)
        {
            Control.Heard(signal, now, ticket.Begun, load);
            return;
        }
        limit.Heard(signal, now, ticket.Begun);
        _ready.Apply(limit);
    }

    private bool MayGo(bool isBulk, TimeSpan now, ref TimeSpan wait)
    {
        if ((isBulk ? _ready.BulkCount : _ready.Count - _ready.BulkCount) == 0) return false;
        // Woken by the worker that gives its ticket back.
        if (isBulk && IsBulkFull) return false;
        var until = Control.UntilFree(now, isBulk);
        if (_bytes.UntilFree(now, isBulk) is var bytes && bytes > until) until = bytes;
        if (until <= TimeSpan.Zero) return _ready.HasReady(isBulk, now, ref wait);
        if (until < wait) wait = until;
        return false;
    }
}
