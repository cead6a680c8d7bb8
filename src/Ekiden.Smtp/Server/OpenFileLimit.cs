using System.Globalization;

namespace Ekiden.Smtp.Server;

/// <summary>How many connections the open-file limit leaves room for: reliability §5.1, H-R4.</summary>
public static class OpenFileLimit
{
    // What Linux gives a process when nobody says anything.
    private const int Usual = 1_024;

    // The runtime dies when it finds no descriptor at a bad moment, and so would the journal: these stay free.
    private const int KeptFree = 64;
    private const int Fewest = 8;

    /// <summary>Half of the limit, and never the last descriptors: what is open now and 64 more are left out.</summary>
    public static int RoomForConnections() => RoomForConnections(ReadLimit(), CountOpen());

    internal static int RoomForConnections(int limit, int open) =>
        Math.Max(Fewest, Math.Min(limit / 2, limit - open - KeptFree));

    // The soft limit in force now; the usual one where it cannot be found out.
    private static int ReadLimit()
    {
        const string Limits = "/proc/self/limits";
        if (!File.Exists(Limits)) return Usual;
        foreach (var line in File.ReadLines(Limits))
        {
            if (!line.StartsWith("Max open files", StringComparison.Ordinal)) continue;
            var soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
            if (soft == "unlimited") return int.MaxValue;
            return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : Usual;
        }
        return Usual;
    }

    private static int CountOpen()
    {
        const string Open = "/proc/self/fd";
        return System.IO.Directory.Exists(Open) ? System.IO.Directory.EnumerateFileSystemEntries(Open).Count() : 0;
    }
}
