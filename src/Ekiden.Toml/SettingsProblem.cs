namespace Ekiden.Toml;

/// <summary>Something to say about the settings: what, and where to change it.</summary>
/// <param name="Severity">Whether the server starts with it.</param>
/// <param name="Place">File and line, or environment variable.</param>
/// <param name="Key">The key, such as <c>listener[0].address</c>; empty when the trouble is the file's.</param>
/// <param name="Message">For people, without a full stop.</param>
public sealed record SettingsProblem(SettingsSeverity Severity, SettingsPlace Place, string Key, string Message)
{
    /// <summary><c>ekiden.toml:12: error: listener[0].address: …</c>, as editors and compilers write it.</summary>
    public override string ToString()
    {
        var word = Severity.ToString().ToLowerInvariant();
        return Key.Length > 0 ? $"{Place}: {word}: {Key}: {Message}" : $"{Place}: {word}: {Message}";
    }
}

/// <summary>Whether the server starts with it.</summary>
public enum SettingsSeverity
{
    /// <summary>It does not.</summary>
    Error,

    /// <summary>It does, but somebody should look.</summary>
    Warning,

    /// <summary>It does; a key is read whose feature does not exist yet.</summary>
    Note,
}

/// <summary>Where a value comes from.</summary>
/// <param name="Source">The file's path, or the environment variable's name.</param>
/// <param name="Line">1 and up; null for the environment and for a file as a whole.</param>
public sealed record SettingsPlace(string Source, int? Line)
{
    /// <summary><c>ekiden.toml:12</c>, or the environment variable's name.</summary>
    public override string ToString() => Line is { } line ? $"{Source}:{line}" : Source;
}
