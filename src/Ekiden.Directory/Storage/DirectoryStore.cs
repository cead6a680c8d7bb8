using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Ekiden.Directory.Storage;

/// <summary>
/// The database file: one connection, used by one caller at a time. SQLite in WAL mode with <c>synchronous=FULL</c>, so
/// that a change is on stable storage when the call returns.
/// </summary>
internal sealed class DirectoryStore : IAsyncDisposable
{
    /// <summary>
    /// Every migration there is, oldest first: known without building EF's model. A test compares it with EF's.
    /// </summary>
    internal static readonly IReadOnlyList<string> Migrations =
    [
        "20261124045927_FirstTables", "20261124130000_DomainKeys", "20261124140000_LearnedLimits",
        "20261124150000_DomainKeyDates",
    ];

    private readonly SqliteConnection _connection;

    private DirectoryStore(SqliteConnection connection)
    {
        _connection = connection;
    }

    /// <summary>Opens the file, makes it (mode 0600) when it is missing, and brings its tables up to date.</summary>
    /// <exception cref="InvalidDataException">A newer Ekiden has written it, or it is no database.</exception>
    public static async Task<DirectoryStore> OpenAsync(string path, CancellationToken cancel)
    {
        CreatePrivate(path);
        var store = new DirectoryStore(new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, ForeignKeys = true }.ToString()));
        try
        {
            await store._connection.OpenAsync(cancel);
            await store.ConfigureAsync(cancel);
            await store.MigrateAsync(cancel);
            return store;
        }
        catch (Exception trouble)
        {
            await store.DisposeAsync();
            if (trouble is not (SqliteException or InvalidDataException)) throw;
            throw new InvalidDataException($"{path}: {trouble.Message}", trouble);
        }
    }

    /// <summary>Reads everything.</summary>
    public Task<DirectorySnapshot> LoadAsync(TimeProvider clock, CancellationToken cancel) =>
        DirectoryReader.ReadAllAsync(_connection, clock, cancel);

    /// <summary>Adds a row.</summary>
    public async Task InsertAsync<T>(T row, CancellationToken cancel)
        where T : class
    {
        await using var context = NewContext();
        context.Add(row);
        await context.SaveChangesAsync(cancel);
    }

    /// <summary>Adds rows, all or none.</summary>
    public async Task InsertAllAsync<T>(IEnumerable<T> rows, CancellationToken cancel)
        where T : class
    {
        await using var context = NewContext();
        context.AddRange(rows);
        await context.SaveChangesAsync(cancel);
    }

    /// <summary>Writes a row that exists, whole.</summary>
    public async Task UpdateAsync<T>(T row, CancellationToken cancel)
        where T : class
    {
        await using var context = NewContext();
        context.Update(row);
        await context.SaveChangesAsync(cancel);
    }

    /// <summary>Reads every learned limit.</summary>
    public Task<List<LearnedLimit>> LoadLearnedLimitsAsync(CancellationToken cancel) =>
        DirectoryReader.ReadLearnedLimitsAsync(_connection, cancel);

    /// <summary>Writes learned limits, new ones and changed ones, in one transaction; an empty state removes.</summary>
    public async Task SaveLearnedLimitsAsync(IReadOnlyCollection<LearnedLimit> limits, CancellationToken cancel)
    {
        await using var transaction = _connection.BeginTransaction();
        await using var command = _connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT OR REPLACE INTO learned_limits (source, site, state, changed_at) "
            + "SELECT $source, $site, $state, $changed_at WHERE $state <> ''; "
            + "DELETE FROM learned_limits WHERE source = $source AND site = $site AND $state = ''";
        foreach (var limit in limits)
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$source", limit.Source);
            command.Parameters.AddWithValue("$site", limit.Site);
            command.Parameters.AddWithValue("$state", limit.State);
            command.Parameters.AddWithValue("$changed_at", limit.ChangedAt);
            await command.ExecuteNonQueryAsync(cancel);
        }
        await transaction.CommitAsync(cancel);
    }

    /// <summary>Writes rows that exist, whole, all or none.</summary>
    public async Task UpdateAllAsync<T>(IEnumerable<T> rows, CancellationToken cancel)
        where T : class
    {
        await using var context = NewContext();
        context.UpdateRange(rows);
        await context.SaveChangesAsync(cancel);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    // The file holds what proves passwords: nobody else may read it. SQLite gives its -wal and -shm the same mode.
    private static void CreatePrivate(string path)
    {
        if (File.Exists(path)) return;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var created = new FileStream(path, options);
    }

    private async Task MigrateAsync(CancellationToken cancel)
    {
        var applied = await DirectoryReader.ReadMigrationsAsync(_connection, cancel);
        if (applied.FirstOrDefault(id => !Migrations.Contains(id, StringComparer.Ordinal)) is { } unknown)
            throw new InvalidDataException($"written by a newer version of Ekiden ({unknown})");
        if (applied.Count == Migrations.Count) return;
        await using var context = NewContext();
        await context.Database.MigrateAsync(cancel);
    }

    private async Task ConfigureAsync(CancellationToken cancel)
    {
        await using var command = _connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";
        await command.ExecuteNonQueryAsync(cancel);
    }

    private DirectoryContext NewContext() =>
        new(new DbContextOptionsBuilder<DirectoryContext>().UseSqlite(_connection).Options);
}
