using Ekiden.Spool.Records;

namespace Ekiden.Spool.Index;

/// <summary>Counts recipients, each way independently of the slots, so that a lost one shows as a gap.</summary>
internal sealed class StateCounters
{
    private readonly int[] _unfinished = new int[3];

    /// <summary>Recipients claimed by somebody.</summary>
    public int Claimed { get; set; }

    /// <summary>Recipients that were accepted and that ended, since the spool was made.</summary>
    public Totals Totals { get; private set; }

    /// <summary>Recipients in this unfinished state.</summary>
    public int In(RecipientState state) => _unfinished[(int)state];

    /// <summary>Adds to the totals.</summary>
    public void Count(in Totals totals) => Totals += totals;

    /// <summary>A recipient comes into this unfinished state.</summary>
    public void Enter(RecipientState state) => _unfinished[(int)state]++;

    /// <summary>A recipient leaves this unfinished state.</summary>
    public void Leave(RecipientState state) => _unfinished[(int)state]--;

    /// <summary>Takes back totals from a snapshot; states are counted again by the slots.</summary>
    public void Restore(in Totals totals) => Totals = totals;
}
