using System.Collections.Immutable;

namespace Ekiden.Toml;

/// <summary>
/// One table of the settings, asked key by key. A value of the wrong form is a problem and counts as absent; what
/// nobody asked for is a problem at the end (<see cref="Finish"/>).
/// </summary>
public sealed class SettingsSection(TomlValue.Table table, string path, SettingsProblems problems)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Where the section begins.</summary>
    public SettingsPlace Place => table.Place;

    /// <summary>Where problems go.</summary>
    public SettingsProblems Problems => problems;

    /// <summary>Something stands at the key, right or wrong.</summary>
    public bool Has(string key) => table.Entries.ContainsKey(key);

    /// <summary>The value, or <paramref name="otherwise"/> when it is absent or wrong.</summary>
    public T Get<T>(string key, SettingsForm<T> form, T otherwise) =>
        TryGet(key, form, out var value) ? value : otherwise;

    /// <summary>The value, or null when it is absent or wrong.</summary>
    public T? Find<T>(string key, SettingsForm<T> form)
        where T : class => TryGet(key, form, out var value) ? value : null;

    /// <summary>The value, or null when it is absent or wrong.</summary>
    public T? FindValue<T>(string key, SettingsForm<T> form)
        where T : struct => TryGet(key, form, out var value) ? value : null;

    /// <summary>The value; absent, it is a problem.</summary>
    public T? Require<T>(string key, SettingsForm<T> form)
        where T : class
    {
        if (!Has(key)) Error(key, $"is missing; expected {form.Expected}");
        return Find(key, form);
    }

    /// <summary>The items that are right; empty when the key is absent.</summary>
    public ImmutableArray<T> List<T>(string key, SettingsForm<T> form)
    {
        if (Take(key) is not { } value) return [];
        if (!SettingsForms.TrySplit(value, out var items))
        {
            Error(key, $"expected a list of which every item is {form.Expected}; found {value.Kind}", value.Place);
            return [];
        }
        var all = ImmutableArray.CreateBuilder<T>(items.Length);
        foreach (var item in items)
        {
            if (form.TryRead(item, out var read)) all.Add(read);
            else ReportForm(key, form, item);
        }
        return all.ToImmutable();
    }

    /// <summary>The section below this one; an empty one when it is absent.</summary>
    public SettingsSection Section(string key)
    {
        var value = Take(key);
        if (value is not null and not TomlValue.Table)
            Error(key, $"expected a table, written [{PathOf(key)}]; found {value.Kind}", value.Place);
        return new SettingsSection(value as TomlValue.Table ?? new TomlValue.Table(table.Place), PathOf(key), problems);
    }

    /// <summary>The sections below this one that are written <c>[[key]]</c>, or as inline tables.</summary>
    public IEnumerable<SettingsSection> Sections(string key)
    {
        var value = Take(key);
        if (value is null) yield break;
        if (value is not TomlValue.List list)
        {
            Error(key, $"expected tables, each written [[{PathOf(key)}]]; found {value.Kind}", value.Place);
            yield break;
        }
        for (var i = 0; i < list.Items.Count; i++)
        {
            var at = $"{PathOf(key)}[{i}]";
            if (list.Items[i] is TomlValue.Table item) yield return new SettingsSection(item, at, problems);
            else problems.Error(list.Items[i].Place, at, $"expected a table; found {list.Items[i].Kind}");
        }
    }

    /// <summary>Says that the value of a key is wrong.</summary>
    public void Error(string key, string message) => problems.Error(PlaceOf(key), PathOf(key), message);

    /// <summary>Says that the value of a key works but is doubtful.</summary>
    public void Warn(string key, string message) => problems.Warn(PlaceOf(key), PathOf(key), message);

    /// <summary>Says that nothing uses the value of a key yet, if there is one.</summary>
    public void NotYet(string key, string feature)
    {
        if (Has(key)) problems.Note(PlaceOf(key), PathOf(key), $"is read, but nothing uses it yet: {feature}");
    }

    /// <summary>Says what nobody asked for.</summary>
    public void Finish()
    {
        foreach (var (key, value) in table.Entries)
        {
            if (_known.Contains(key)) continue;
            var meant = Spelling.Nearest(key, _known);
            var hint = meant is null ? "" : $"; did you mean \"{meant}\"?";
            Error(key, "there is no such setting" + hint, value.Place);
        }
    }

    private bool TryGet<T>(
        string key, SettingsForm<T> form, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value)
    {
        value = default;
        if (Take(key) is not { } found) return false;
        if (form.TryRead(found, out value)) return true;
        ReportForm(key, form, found);
        return false;
    }

    private void ReportForm<T>(string key, SettingsForm<T> form, TomlValue found) =>
        Error(key, $"expected {form.Expected}; found {Show(found)}", found.Place);

    private static string Show(TomlValue value) => value switch
    {
        TomlValue.Text text => $"\"{Mail.SafeText.Of(text.Value)}\"",
        TomlValue.Whole whole => whole.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => value.Kind,
    };

    private TomlValue? Take(string key)
    {
        _known.Add(key);
        return table.Entries.GetValueOrDefault(key);
    }

    private SettingsPlace PlaceOf(string key) =>
        table.Entries.TryGetValue(key, out var value) ? value.Place : table.Place;

    private string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private void Error(string key, string message, SettingsPlace place) => problems.Error(place, PathOf(key), message);
}
