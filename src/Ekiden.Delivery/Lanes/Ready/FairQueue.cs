using Ekiden.Delivery.Queue;

namespace Ekiden.Delivery.Lanes.Ready;

/// <summary>
/// The due recipients of one kind in one lane: accounts take turns by their weight, one transaction each, and within an
/// account its sender domains; a flow that keeps to a limit of its own sleeps until it may go on, and holds up nobody.
/// </summary>
/// <remarks>
/// Every step is O(1), or O(log n) in the number of flows that sleep; nothing is scanned (delivery.md Q4, Q5). Not
/// thread-safe: the lane's lock guards it.
/// </remarks>
internal sealed class FairQueue(ScopeLimits limits)
{
    private readonly Dictionary<string, AccountQueue> _accounts = new(StringComparer.Ordinal);
    private readonly Queue<AccountQueue> _turns = new();
    private readonly PriorityQueue<(AccountQueue Account, Flow Flow), TimeSpan> _sleeping = new();
    private AccountQueue? _lastAccount;
    private int _turnsLeft;

    /// <summary>Recipients.</summary>
    public int Count { get; private set; }

    /// <summary>About how many transactions they will need.</summary>
    public int Transactions { get; private set; }

    /// <summary>Adds one that is due now. True when it needs a transaction of its own.</summary>
    public bool Add(in DueRecipient recipient, int most)
    {
        var account = GetAccount(recipient.Account);
        var wasIdle = account.IsIdle;
        var flow = account.Get(recipient.SenderDomain, out var isNew);
        if (isNew)
        {
            flow.Limit = limits.OfDomain(recipient.SenderDomain);
            if (wasIdle) Enqueue(account);
        }
        Count++;
        var isOwn = flow.Add(recipient.Slot, recipient.Message, most);
        if (isOwn) Transactions++;
        return isOwn;
    }

    /// <summary>Is there one that may go now? Otherwise says when the first of those that sleep may.</summary>
    public bool HasReady(TimeSpan now, ref TimeSpan wait)
    {
        while (true)
        {
            WakeUp(now);
            if (!_turns.TryPeek(out var account)) break;
            var until = account.Limit?.UntilFree(now) ?? TimeSpan.Zero;
            var flow = account.Current;
            if (flow.Limit?.UntilFree(now) is { } longer && longer > until) until = longer;
            if (until <= TimeSpan.Zero) return true;
            Sleep(account, now + until);
        }
        if (_sleeping.TryPeek(out _, out var wakes) && wakes - now < wait) wait = wakes - now;
        return false;
    }

    /// <summary>Takes the next; <see cref="HasReady"/> has said that there is one.</summary>
    /// <param name="now">When.</param>
    /// <param name="follows">It goes with the one before: perhaps nothing is left to do for it.</param>
    public int Take(TimeSpan now, out bool follows)
    {
        var account = _turns.Peek();
        var flow = account.Current;
        follows = flow.NextFollows;
        var slot = flow.Take();
        Count--;
        if (!follows)
        {
            Transactions--;
            account.Limit?.Take(now);
            flow.Limit?.Take(now);
        }
        // Those that go with it are asked for next: they cost nobody a turn.
        if (flow.Count > 0 && flow.NextFollows) return slot;
        if (flow.Count == 0) account.RemoveCurrent();
        else account.Rotate();
        EndTurn(account);
        return slot;
    }

    /// <summary>A limit was made: flows that it is for keep to it from now on.</summary>
    public void Apply(ScopeLimit limit)
    {
        foreach (var account in _accounts.Values)
        {
            if (limit.IsForAccount(account.Account)) account.Limit = limit;
            foreach (var flow in account.Flows)
            {
                if (limit.IsForDomain(flow.Domain)) flow.Limit = limit;
            }
        }
    }

    /// <summary>Removes those that <paramref name="keeps"/> does not want, and adds them to a list.</summary>
    public void Sift(Predicate<int> keeps, List<int> others)
    {
        foreach (var account in _accounts.Values)
        {
            foreach (var flow in account.Flows) flow.Sift(keeps, others);
        }
        Rebuild();
    }

    private AccountQueue GetAccount(string name)
    {
        if (_lastAccount is { } last && last.Account == name) return last;
        if (!_accounts.TryGetValue(name, out var account))
        {
            account = new AccountQueue(name) { Limit = limits.OfAccount(name) };
            _accounts.Add(name, account);
        }
        return _lastAccount = account;
    }

    private void Enqueue(AccountQueue account)
    {
        if (_turns.Count == 0) _turnsLeft = limits.WeightOf(account.Account);
        _turns.Enqueue(account);
    }

    private void EndTurn(AccountQueue account)
    {
        if (account.Flows.Count == 0)
        {
            _accounts.Remove(account.Account);
            if (_lastAccount == account) _lastAccount = null;
        }
        if (!account.IsIdle && --_turnsLeft > 0) return;
        _turns.Dequeue();
        if (!account.IsIdle) _turns.Enqueue(account);
        if (_turns.TryPeek(out var next)) _turnsLeft = limits.WeightOf(next.Account);
    }

    private void Sleep(AccountQueue account, TimeSpan until)
    {
        _sleeping.Enqueue((account, account.Suspend()), until);
        if (!account.IsIdle) return;
        _turns.Dequeue();
        if (_turns.TryPeek(out var next)) _turnsLeft = limits.WeightOf(next.Account);
    }

    private void WakeUp(TimeSpan now)
    {
        while (_sleeping.TryPeek(out var sleeper, out var until) && until <= now)
        {
            _sleeping.Dequeue();
            var (account, flow) = sleeper;
            var wasIdle = account.IsIdle;
            account.Resume(flow);
            if (wasIdle) Enqueue(account);
        }
    }

    // After recipients were taken from the middle: turns begin anew.
    private void Rebuild()
    {
        var accounts = _accounts.Values.ToArray();
        _accounts.Clear();
        _turns.Clear();
        _sleeping.Clear();
        _lastAccount = null;
        Count = 0;
        Transactions = 0;
        foreach (var account in accounts)
        {
            var fresh = account.WithoutEmptyFlows();
            if (fresh.IsIdle) continue;
            _accounts.Add(fresh.Account, fresh);
            foreach (var flow in fresh.Flows)
            {
                Count += flow.Count;
                Transactions += flow.CountTransactions();
            }
            Enqueue(fresh);
        }
    }
}
