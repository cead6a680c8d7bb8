namespace Ekiden.Spool.Tests.Journal;

/// <summary>Remembers which slots it was told of.</summary>
internal sealed class TestQueue : IRecipientQueue
{
    private readonly List<int> _slots = [];

    public int[] Slots { get { lock (_slots) return [.. _slots]; } }

    public void Add(int slot)
    {
        lock (_slots) _slots.Add(slot);
    }

    public int[] Take()
    {
        lock (_slots)
        {
            int[] slots = [.. _slots];
            _slots.Clear();
            return slots;
        }
    }
}
