namespace Ekiden.Delivery.Lanes.Ready;

/// <summary>The due recipients of one account in one lane: its flows take turns.</summary>
/// <remarks>Not thread-safe: the lane's lock guards it.</remarks>
internal sealed class AccountQueue(string account)
{
    // Most accounts send from one or two domains; a search beats a table there.
    private readonly List<Flow> _flows = [];
    private readonly Queue<Flow> _turns = new();

    /// <summary>Whose.</summary>
    public string Account => account;

    /// <summary>What else the account's mail keeps to; null when nothing.</summary>
    public ScopeLimit? Limit { get; set; }

    /// <summary>All flows that hold something.</summary>
    public List<Flow> Flows => _flows;

    /// <summary>No flow has a turn: all that is left sleeps, or nothing is left.</summary>
    public bool IsIdle => _turns.Count == 0;

    /// <summary>The flow whose turn it is.</summary>
    public Flow Current => _turns.Peek();

    /// <summary>The flow of a domain, made when it is missing; a new one has a turn.</summary>
    public Flow Get(string domain, out bool isNew)
    {
        isNew = false;
        foreach (var flow in _flows)
        {
            if (flow.Domain == domain) return flow;
        }
        isNew = true;
        var made = new Flow(domain);
        _flows.Add(made);
        _turns.Enqueue(made);
        return made;
    }

    /// <summary>The next flow has the turn.</summary>
    public void Rotate() => _turns.Enqueue(_turns.Dequeue());

    /// <summary>The current flow has no more turns: it is empty, or sleeps.</summary>
    public Flow Suspend() => _turns.Dequeue();

    /// <summary>A flow that slept has turns again.</summary>
    public void Resume(Flow flow) => _turns.Enqueue(flow);

    /// <summary>The current flow is empty and goes.</summary>
    public void RemoveCurrent() => _flows.Remove(_turns.Dequeue());

    /// <summary>The same flows, except the empty ones, each with a turn.</summary>
    public AccountQueue WithoutEmptyFlows()
    {
        var fresh = new AccountQueue(account) { Limit = Limit };
        foreach (var flow in _flows)
        {
            if (flow.Count == 0) continue;
            fresh._flows.Add(flow);
            fresh._turns.Enqueue(flow);
        }
        return fresh;
    }
}
