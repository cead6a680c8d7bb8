namespace Ekiden.Server.Settings.Reading;

/// <summary>Collects everything there is to say, so that one run shows it all.</summary>
internal sealed class SettingsProblems
{
    private readonly List<SettingsProblem> _all = [];

    /// <summary>In the order of the lines, the environment last.</summary>
    public IReadOnlyList<SettingsProblem> All =>
        [.. _all.OrderBy(problem => problem.Place.Line ?? int.MaxValue).ThenBy(problem => problem.Severity)];

    public bool HasErrors => _all.Exists(problem => problem.Severity == SettingsSeverity.Error);

    public void Error(SettingsPlace place, string key, string message) =>
        _all.Add(new SettingsProblem(SettingsSeverity.Error, place, key, message));

    public void Warn(SettingsPlace place, string key, string message) =>
        _all.Add(new SettingsProblem(SettingsSeverity.Warning, place, key, message));

    public void Note(SettingsPlace place, string key, string message) =>
        _all.Add(new SettingsProblem(SettingsSeverity.Note, place, key, message));
}
