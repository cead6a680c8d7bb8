using System.Collections.Immutable;
using Ekiden.Toml;

namespace Ekiden.Delivery.Providers;

/// <summary>One file of the operator's packs.</summary>
/// <param name="Name">The pack's name: that of the file, without <c>.toml</c>.</param>
/// <param name="Pack">What it says; null when it has errors.</param>
public sealed record PackFile(string Name, ProviderPack? Pack)
{
    // More is not a pack.
    private const long MaxBytes = 1 << 20;

    /// <summary>
    /// Reads every <c>*.toml</c> of a folder, in the order of their names. What is wrong is told with file, line and
    /// key, as a warning: the server runs without the file.
    /// </summary>
    public static ImmutableArray<PackFile> ReadFolder(string folder, SettingsProblems problems)
    {
        try
        {
            return
            [
                .. System.IO.Directory.EnumerateFiles(folder, "*.toml").Order(StringComparer.Ordinal)
                    .Select(path => Read(path, problems)),
            ];
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            problems.Warn(new SettingsPlace(folder, null), "", $"no provider pack is read: {trouble.Message}");
            return [];
        }
    }

    private static PackFile Read(string path, SettingsProblems problems)
    {
        var own = new SettingsProblems();
        var pack = ReadPack(path, own);
        foreach (var problem in own.All)
            problems.Warn(problem.Place, problem.Key, $"{problem.Message}; the pack that was in force stays");
        return new PackFile(Path.GetFileNameWithoutExtension(path), pack);
    }

    private static ProviderPack? ReadPack(string path, SettingsProblems problems)
    {
        try
        {
            if (new FileInfo(path).Length <= MaxBytes)
                return PackReader.Read(File.ReadAllText(path), path, problems, check: true);
            problems.Error(new SettingsPlace(path, null), "", "is larger than 1 MiB");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            problems.Error(new SettingsPlace(path, null), "", trouble.Message);
        }
        return null;
    }
}
