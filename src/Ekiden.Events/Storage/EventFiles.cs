using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Ekiden.Events.Storage;

/// <summary>The files of the log in its directory: <c>2026-11-24.events</c>, one for each UTC day.</summary>
internal sealed class EventFiles(string directory)
{
    public const string Suffix = ".events";
    private const string DayFormat = "yyyy-MM-dd";

    private readonly Lock _gate = new();
    private readonly SortedDictionary<DateOnly, long> _firsts = [];

    public string Folder => directory;

    /// <summary>The days there is a file for, oldest first.</summary>
    public IReadOnlyList<DateOnly> Days => Find(Suffix);

    public string PathOf(DateOnly day) => PathOf(day, Suffix);

    /// <summary>A connection that only reads; from a pool, so that a search does not open files each time.</summary>
    public static SqliteConnection OpenToRead(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite, // a WAL cannot be read otherwise after a crash
            Pooling = true,
        }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>The sequence of a day's first event; null while it has none.</summary>
    public long? FirstOf(DateOnly day)
    {
        lock (_gate)
        {
            if (_firsts.TryGetValue(day, out var known)) return known;
        }
        using var connection = OpenToRead(PathOf(day));
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT MIN(seq) FROM events";
        if (command.ExecuteScalar() is not long first) return null;
        lock (_gate) _firsts[day] = first;
        return first;
    }

    /// <summary>Removes a day's file.</summary>
    public void Delete(DateOnly day)
    {
        SqliteConnection.ClearAllPools();
        foreach (var end in new[] { "", "-wal", "-shm" }) File.Delete(PathOf(day) + end);
        lock (_gate) _firsts.Remove(day);
    }

    private string PathOf(DateOnly day, string suffix) =>
        Path.Join(directory, day.ToString(DayFormat, CultureInfo.InvariantCulture) + suffix);

    private List<DateOnly> Find(string suffix)
    {
        var days = new List<DateOnly>();
        foreach (var path in System.IO.Directory.EnumerateFiles(directory, "*" + suffix))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            if (DateOnly.TryParseExact(
                name, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                days.Add(day);
            }
        }
        days.Sort();
        return days;
    }
}
