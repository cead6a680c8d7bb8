using System.Diagnostics.CodeAnalysis;
using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary>A secret or a certificate: written in the settings, or in a file of its own (<c>file:/path</c>).</summary>
public sealed class SecretSource
{
    private const string FilePrefix = "file:";
    private readonly string? _text;

    internal static readonly SettingsForm<SecretSource> Form = SettingsForms.OfText<SecretSource>(
        "a text, or \"file:/path\"", TryParse);

    private SecretSource(string? text, string? path) => (_text, Path) = (text, path);

    /// <summary>The file it is in; null when it stands in the settings themselves.</summary>
    public string? Path { get; }

    /// <summary>The secret as it is now; a file is read anew, without its last line end.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public string Read() => _text ?? File.ReadAllText(Path!).TrimEnd('\r', '\n'); // Path: one of the two is set

    /// <summary>Never the secret.</summary>
    public override string ToString() => Path is null ? "(in the settings)" : FilePrefix + Path;

    internal static bool TryParse(string text, [NotNullWhen(true)] out SecretSource? source)
    {
        var path = text.StartsWith(FilePrefix, StringComparison.Ordinal) ? text[FilePrefix.Length..] : null;
        source = path is null ? new SecretSource(text, null) : new SecretSource(null, path);
        return text.Length > 0 && path is not "";
    }
}
