namespace Ekiden.Toml;

/// <summary>Collects everything there is to say, so that one run shows it all.</summary>
public sealed class SettingsProblems
{
    private readonly List<SettingsProblem> _all = [];

    /// <summary>In the order of the lines, the environment last.</summary>
    public IReadOnlyList<SettingsProblem> All =>
        [.. _all.OrderBy(problem => problem.Place.Line ?? int.MaxValue).ThenBy(problem => problem.Severity)];

    /// <summary>What was read cannot be used.</summary>
    public bool HasErrors => _all.Exists(problem => problem.Severity == SettingsSeverity.Error);

    /// <summary>It cannot be used so.</summary>
    public void Error(SettingsPlace place, string key, string message) =>
        _all.Add(new SettingsProblem(SettingsSeverity.Error, place, key, message));

    /// <summary>It can, but somebody should look.</summary>
    public void Warn(SettingsPlace place, string key, string message) =>
        _all.Add(new SettingsProblem(SettingsSeverity.Warning, place, key, message));

    /// <summary>It is read, but nothing uses it yet.</summary>
    public void Note(SettingsPlace place, string key, string message) =>
        _all.Add(new SettingsProblem(SettingsSeverity.Note, place, key, message));
}
