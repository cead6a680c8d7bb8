using Microsoft.Data.Sqlite;

namespace Ekiden.Directory.Storage;

/// <summary>
/// Reads the whole database at the start, in plain SQL: building EF's model costs a second of processor time, which
/// listeners would wait for. The columns are those of <see cref="DirectoryContext"/>; a test compares the two.
/// </summary>
internal static class DirectoryReader
{
    /// <summary>The ids of the migrations that the file has seen, oldest first; none for a new file.</summary>
    public static async Task<IReadOnlyList<string>> ReadMigrationsAsync(
        SqliteConnection connection, CancellationToken cancel)
    {
        var exists = await ReadAsync(
            connection, "SELECT 1 FROM sqlite_master WHERE name = '__EFMigrationsHistory'", static _ => true, cancel);
        return exists.Count == 0 ? [] : await ReadAsync(
            connection, "SELECT MigrationId FROM __EFMigrationsHistory ORDER BY MigrationId",
            static row => row.GetString(0), cancel);
    }

    /// <summary>Every row of every table.</summary>
    public static async Task<DirectorySnapshot> ReadAllAsync(
        SqliteConnection connection, TimeProvider clock, CancellationToken cancel)
    {
        var secret = await ReadAsync(
            connection, "SELECT secret FROM instance", static row => row.GetFieldValue<byte[]>(0), cancel);
        var snapshot = new DirectorySnapshot(clock, secret.Single());
        foreach (var account in await ReadAsync(connection, AccountQuery, Account, cancel))
            snapshot = snapshot.With(account);
        foreach (var key in await ReadAsync(connection, KeyQuery, Key, cancel))
            snapshot = snapshot.With(key);
        foreach (var domain in await ReadAsync(connection, DomainQuery, Domain, cancel))
            snapshot = snapshot.With(domain);
        return snapshot.With(await ReadAsync(connection, DomainKeyQuery, DomainKey, cancel));
    }

    /// <summary>Every learned limit.</summary>
    public static Task<List<LearnedLimit>> ReadLearnedLimitsAsync(
        SqliteConnection connection, CancellationToken cancel) => ReadAsync(
            connection, "SELECT source, site, state, changed_at FROM learned_limits",
            static row => new LearnedLimit(
                row.GetString(0), row.GetString(1), row.GetString(2), row.GetDateTimeOffset(3)), cancel);

    private const string AccountQuery =
        "SELECT id, name, status, created_at, quota_daily, quota_hourly, quota_per_second FROM accounts";

    private const string KeyQuery =
        "SELECT id, account_id, username, scopes, expires_at, created_at, revoked_at, secret_sha256, "
        + "scram_salt, scram_iterations, scram_stored_key, scram_server_key FROM keys";

    private const string DomainQuery = "SELECT id, account_id, name, status, created_at FROM domains";

    private const string DomainKeyQuery =
        "SELECT id, domain_id, selector, public_record, sealed_key, status, created_at, published_at, retired_at "
        + "FROM domain_keys";

    private static Account Account(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Name = row.GetString(1),
        Status = Enum.Parse<AccountStatus>(row.GetString(2)),
        CreatedAt = row.GetDateTimeOffset(3),
        Quota = new SendingQuota(
            row.IsDBNull(4) ? null : row.GetInt64(4),
            row.IsDBNull(5) ? null : row.GetInt64(5),
            row.IsDBNull(6) ? null : row.GetDouble(6)),
    };

    private static AccessKey Key(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        AccountId = row.GetString(1),
        Username = row.GetString(2),
        Scopes = KeyScopeNames.FromText(row.GetString(3)),
        ExpiresAt = row.IsDBNull(4) ? null : row.GetDateTimeOffset(4),
        CreatedAt = row.GetDateTimeOffset(5),
        RevokedAt = row.IsDBNull(6) ? null : row.GetDateTimeOffset(6),
        SecretHash = row.GetFieldValue<byte[]>(7),
        Scram = new ScramCredential
        {
            SaltBytes = row.GetFieldValue<byte[]>(8),
            Iterations = row.GetInt32(9),
            StoredKeyBytes = row.GetFieldValue<byte[]>(10),
            ServerKeyBytes = row.GetFieldValue<byte[]>(11),
        },
    };

    private static SenderDomain Domain(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        AccountId = row.GetString(1),
        Name = row.GetString(2),
        Status = Enum.Parse<DomainStatus>(row.GetString(3)),
        CreatedAt = row.GetDateTimeOffset(4),
    };

    private static DomainKey DomainKey(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        DomainId = row.GetString(1),
        Selector = row.GetString(2),
        PublicRecord = row.GetString(3),
        SealedKey = row.GetFieldValue<byte[]>(4),
        Status = Enum.Parse<DomainKeyStatus>(row.GetString(5)),
        CreatedAt = row.GetDateTimeOffset(6),
        PublishedAt = row.IsDBNull(7) ? null : row.GetDateTimeOffset(7),
        RetiredAt = row.IsDBNull(8) ? null : row.GetDateTimeOffset(8),
    };

    private static async Task<List<T>> ReadAsync<T>(
        SqliteConnection connection, string query, Func<SqliteDataReader, T> read, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = query;
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var all = new List<T>();
        while (await rows.ReadAsync(cancel)) all.Add(read(rows));
        return all;
    }
}
