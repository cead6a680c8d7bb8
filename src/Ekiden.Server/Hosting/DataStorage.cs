namespace Ekiden.Server.Hosting;

/// <summary>Can a file system keep the promise that accepted mail survives? reliability.md §4.2.</summary>
internal static class DataStorage
{
    /// <summary>
    /// Why mail may be lost there, in a few words; null when the file system is one with an ordinary fsync, as far as
    /// can be told.
    /// </summary>
    /// <param name="path">A directory that exists.</param>
    public static string? Doubt(string path)
    {
        var drive = new DriveInfo(path);
        return Doubt(drive.DriveType, drive.DriveFormat);
    }

    /// <summary>The same, of a kind of file system and its name.</summary>
    internal static string? Doubt(DriveType type, string format) => type switch
    {
        DriveType.Ram => $"{format} is memory: mail is gone when the machine stops",
        DriveType.Network => $"{format} is on another machine: flushes and locks are not those of a disk",
        _ => format is "overlay" or "overlayfs"
            ? "overlay is a container's own layer: mail is gone with the container, use a volume"
            : null,
    };

    /// <summary>
    /// Is a server not to start there? A container's layer survives a crash, and below the temporary folder nobody
    /// expects that data stays: both are only told of.
    /// </summary>
    internal static bool IsRefused(string path, DriveType type, string temporaryFolder) =>
        type is DriveType.Ram or DriveType.Network && !IsBelow(path, temporaryFolder);

    /// <summary>Is a server not to start there?</summary>
    public static bool IsRefused(string path) =>
        IsRefused(Path.GetFullPath(path), new DriveInfo(path).DriveType, Path.GetTempPath());

    private static bool IsBelow(string path, string folder) =>
        path.StartsWith(
            Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
