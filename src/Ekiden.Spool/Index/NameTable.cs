namespace Ekiden.Spool.Index;

/// <summary>Gives small numbers to names that repeat, such as domains.</summary>
/// <remarks>
/// Not thread-safe. A name that nobody uses keeps its number (and stays the same object) until <see cref="Idle"/> other
/// names have fallen out of use after it; then the number is given to another name.
/// </remarks>
internal sealed class NameTable
{
    /// <summary>So many names are remembered that nobody uses.</summary>
    public const int Idle = 1 << 16;

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<Entry> _entries = [];
    private readonly Queue<(int Number, int Age)> _idle = new();
    private int _age;

    /// <summary>Numbers given so far, those that nobody uses included.</summary>
    public int Capacity => _entries.Count;

    /// <summary>The number of a name; counts one use.</summary>
    public int Use(string name)
    {
        if (!_numbers.TryGetValue(name, out var number))
        {
            number = TakeNumber();
            _entries[number] = new Entry(name, 0, 0);
            _numbers.Add(name, number);
        }
        Use(number);
        return number;
    }

    /// <summary>Counts one more use of a number.</summary>
    public void Use(int number) => _entries[number] = _entries[number] with { Uses = _entries[number].Uses + 1 };

    /// <summary>Takes one use back.</summary>
    public void Release(int number)
    {
        var entry = _entries[number];
        var isIdle = entry.Uses <= 1;
        _entries[number] = entry with { Uses = entry.Uses - 1, IdleSince = isIdle ? ++_age : entry.IdleSince };
        if (isIdle) _idle.Enqueue((number, _age));
    }

    /// <summary>The name of a number; empty when the number was never given.</summary>
    public string this[int number] => (uint)number < (uint)_entries.Count ? _entries[number].Name : "";

    /// <summary>All names by their numbers.</summary>
    public string[] Copy() => [.. _entries.Select(entry => entry.Name)];

    private int TakeNumber()
    {
        while (_idle.Count > Idle)
        {
            var (number, age) = _idle.Dequeue();
            var entry = _entries[number];
            // Used again since it was put here: it may be idle once more, but then it has a later place in the queue.
            if (entry.Uses > 0 || entry.IdleSince != age) continue;
            _numbers.Remove(entry.Name);
            return number;
        }
        _entries.Add(default);
        return _entries.Count - 1;
    }

    private readonly record struct Entry(string Name, int Uses, int IdleSince);
}
