using System.Collections;
using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary>Finds the settings file and reads it together with the environment.</summary>
public static class SettingsFile
{
    /// <summary>The environment variable that names the file when no <c>--config</c> does.</summary>
    public const string PathVariable = "EKIDEN_CONFIG";

    /// <summary>Where the file is looked for when nobody names it, in this order.</summary>
    public static IReadOnlyList<string> UsualPaths { get; } = ["ekiden.toml", "/etc/ekiden/ekiden.toml"];

    /// <summary>
    /// The file: the one that <c>--config</c> names, else <c>EKIDEN_CONFIG</c>, else the first of
    /// <see cref="UsualPaths"/> that exists; null when none does.
    /// </summary>
    public static string? Find(string? named, IReadOnlyDictionary<string, string> environment) =>
        named ?? environment.GetValueOrDefault(PathVariable) ?? UsualPaths.FirstOrDefault(File.Exists);

    /// <summary>Finds and reads the settings.</summary>
    /// <param name="named">What <c>--config</c> says; null when it was not given.</param>
    public static SettingsResult Load(string? named, IReadOnlyDictionary<string, string> environment)
    {
        if (Find(named, environment) is not { } path)
        {
            return SettingsResult.Failed(new SettingsPlace("settings", null),
                $"no file found: give --config or {PathVariable}, or write ekiden.toml (ekiden init does)");
        }
        try
        {
            return Parse(File.ReadAllText(path), path, environment);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return SettingsResult.Failed(new SettingsPlace(path, null), trouble.Message);
        }
    }

    /// <summary>Reads settings from text.</summary>
    /// <param name="path">The file's name for messages; its folder is where relative paths start.</param>
    public static SettingsResult Parse(string text, string path, IReadOnlyDictionary<string, string> environment)
    {
        var problems = new SettingsProblems();
        if (TomlReader.Read(text, path, problems) is not { } root) return new SettingsResult(null, problems.All);
        EnvironmentOverlay.Apply(root, environment, problems);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!; // not a root: it is a file
        var settings = EkidenSettings.Read(new SettingsSection(root, "", problems), folder);
        return new SettingsResult(problems.HasErrors ? null : settings, problems.All);
    }

    /// <summary>The process's environment.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment { get; } =
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(
            entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
}

/// <summary>What came of reading the settings.</summary>
/// <param name="Settings">Null when there is any error.</param>
/// <param name="Problems">Errors, warnings and notes, in the order of the file.</param>
public sealed record SettingsResult(EkidenSettings? Settings, IReadOnlyList<SettingsProblem> Problems)
{
    internal static SettingsResult Failed(SettingsPlace place, string message) =>
        new(null, [new SettingsProblem(SettingsSeverity.Error, place, "", message)]);
}
