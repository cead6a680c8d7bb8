using System.Globalization;

namespace Ekiden.Bench;

/// <summary>The words behind a command: pairs of <c>--name value</c>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public static Arguments Parse(string[] words)
    {
        var result = new Arguments();
        for (var i = 0; i + 1 < words.Length; i += 2) result._values[words[i].TrimStart('-')] = words[i + 1];
        return result;
    }

    public int Number(string name, int absent) =>
        _values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : absent;

    public string Text(string name, string absent) => _values.GetValueOrDefault(name, absent);
}
