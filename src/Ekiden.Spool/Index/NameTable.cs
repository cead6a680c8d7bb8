using System.Runtime.InteropServices;

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

    private const int None = -1;

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<Entry> _entries = [];

    // The names that nobody uses are a list, those longest out of use first.
    private int _oldest = None;
    private int _newest = None;
    private int _idle;

    /// <summary>The number of a name; counts one use.</summary>
    public int Use(string name)
    {
        if (!_numbers.TryGetValue(name, out var number))
        {
            number = TakeNumber();
            _entries[number] = new Entry { Name = name, Uses = 1 };
            _numbers.Add(name, number);
            return number;
        }
        Use(number);
        return number;
    }

    /// <summary>Counts one more use of a number.</summary>
    public void Use(int number)
    {
        ref var entry = ref At(number);
        if (entry.Uses++ == 0) Unlink(entry);
    }

    /// <summary>Takes one use back.</summary>
    public void Release(int number)
    {
        ref var entry = ref At(number);
        if (--entry.Uses > 0) return;
        (entry.Before, entry.After) = (_newest, None);
        if (_newest == None) _oldest = number;
        else At(_newest).After = number;
        _newest = number;
        _idle++;
    }

    /// <summary>The name of a number; empty when the number was never given.</summary>
    public string this[int number] => (uint)number < (uint)_entries.Count ? _entries[number].Name : "";

    /// <summary>All names by their numbers.</summary>
    public string[] Copy() => [.. _entries.Select(entry => entry.Name)];

    private ref Entry At(int number) => ref CollectionsMarshal.AsSpan(_entries)[number];

    private void Unlink(in Entry entry)
    {
        if (entry.Before == None) _oldest = entry.After;
        else At(entry.Before).After = entry.After;
        if (entry.After == None) _newest = entry.Before;
        else At(entry.After).Before = entry.Before;
        _idle--;
    }

    private int TakeNumber()
    {
        if (_idle <= Idle)
        {
            _entries.Add(default);
            return _entries.Count - 1;
        }
        var number = _oldest;
        Unlink(At(number));
        _numbers.Remove(At(number).Name);
        return number;
    }

    private struct Entry
    {
        public string Name;
        public int Uses;
        public int Before;
        public int After;
    }
}
