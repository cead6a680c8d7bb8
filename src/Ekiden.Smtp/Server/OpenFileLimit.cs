using System.Globalization;

namespace Ekiden.Smtp.Server;

/// <summary>How many files and sockets this process may have open.</summary>
public static class OpenFileLimit
{
    // What Linux gives a process when nobody says anything.
    private const int Usual = 1_024;

    /// <summary>The soft limit in force now; the usual 1,024 where it cannot be found out.</summary>
    public static int Read()
    {
        const string File = "/proc/self/limits";
        if (!System.IO.File.Exists(File)) return Usual;
        foreach (var line in System.IO.File.ReadLines(File))
        {
            if (!line.StartsWith("Max open files", StringComparison.Ordinal)) continue;
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields[3] == "unlimited") return int.MaxValue;
            return int.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : Usual;
        }
        return Usual;
    }
}
