using System.Globalization;

namespace Ekiden.Toml;

/// <summary>
/// Puts <c>EKIDEN__SECTION__KEY</c> variables over what the file says. A number picks one of several tables
/// (<c>EKIDEN__LISTENER__0__ADDRESS</c>); the number after the last one adds a table. Lists are separated by commas, or
/// written as in TOML.
/// </summary>
public static class EnvironmentOverlay
{
    /// <summary>What the names of all variables begin with.</summary>
    public const string Prefix = "EKIDEN__";

    /// <summary>Changes <paramref name="root"/>; a name that is no path is a problem.</summary>
    public static void Apply(
        TomlValue.Table root, IReadOnlyDictionary<string, string> environment, SettingsProblems problems)
    {
        foreach (var (name, value) in environment.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) continue;
            var place = new SettingsPlace(name, null);
            var path = name[Prefix.Length..].ToLowerInvariant().Split("__");
            if (path.Any(string.IsNullOrEmpty) || !TrySet(root, path, Parse(value, place)))
                problems.Error(place, "", "names no setting: expected EKIDEN__SECTION__KEY");
        }
    }

    private static bool TrySet(TomlValue.Table root, string[] path, TomlValue value)
    {
        TomlValue at = root;
        for (var i = 0; i < path.Length; i++)
        {
            var isLast = i == path.Length - 1;
            if (at is TomlValue.List list
                && int.TryParse(path[i], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                if (index > list.Items.Count || isLast) return false;
                if (index == list.Items.Count) list.Items.Add(new TomlValue.Table(value.Place));
                at = list.Items[index];
            }
            else if (at is TomlValue.Table table)
            {
                if (isLast) table.Entries[path[i]] = value;
                else if (!table.Entries.TryGetValue(path[i], out var next)) at = Make(table, path, i, value.Place);
                else at = next;
            }
            else
            {
                return false;
            }
        }
        return true;
    }

    private static TomlValue Make(TomlValue.Table table, string[] path, int i, SettingsPlace place)
    {
        var isList = path[i + 1].All(char.IsAsciiDigit);
        return table.Entries[path[i]] = isList ? new TomlValue.List(place) : new TomlValue.Table(place);
    }

    private static TomlValue Parse(string value, SettingsPlace place)
    {
        if (value.StartsWith('['))
        {
            var ignored = new SettingsProblems();
            if (TomlReader.Read("value = " + value, place.Source, ignored) is { } table
                && table.Entries["value"] is TomlValue.List written)
            {
                var list = new TomlValue.List(place);
                list.Items.AddRange(written.Items.Select(item => item with { Place = place }));
                return list;
            }
        }
        return new TomlValue.Text(place, value) { IsFromEnvironment = true };
    }
}
