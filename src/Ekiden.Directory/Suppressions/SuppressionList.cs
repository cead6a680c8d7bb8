using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail;
using Microsoft.Data.Sqlite;

namespace Ekiden.Directory.Suppressions;

/// <summary>
/// Who must not be mailed, for each account and stream: asked for every recipient at acceptance and before every
/// attempt. An address that is on no list costs a look into memory; a file of its own holds the rest, since lists of
/// millions are imported and the directory is read whole at the start.
/// </summary>
/// <remarks>Thread-safe. A change is on stable storage when its method returns.</remarks>
public sealed class SuppressionList : IAsyncDisposable
{
    /// <summary>The database's file name in the data directory.</summary>
    public const string FileName = "suppressions.db";

    private readonly SqliteConnection _connection;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();

    // 64 bits of every address that is on some list: a miss is certain, a hit is looked up.
    private readonly ConcurrentDictionary<long, byte> _addresses = new();
    private volatile bool _hasAny;

    private SuppressionList(SqliteConnection connection, TimeProvider clock) =>
        (_connection, _clock) = (connection, clock);

    /// <summary>Opens the list, or makes it.</summary>
    /// <exception cref="SqliteException">The file is no list of ours, or cannot be written.</exception>
    public static SuppressionList Open(string path, TimeProvider clock)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + SuppressionRows.Table;
            command.ExecuteNonQuery();
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var list = new SuppressionList(connection, clock);
            list.ReadAddresses();
            return list;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Nobody is on it.</summary>
    public bool IsEmpty => !_hasAny;

    /// <summary>Why an address must not be mailed; null when it may.</summary>
    /// <param name="account">Whose mail it is.</param>
    /// <param name="stream">The stream it travels in.</param>
    /// <param name="address">The recipient.</param>
    public Suppression? Find(string account, string stream, Mailbox address)
    {
        if (!_hasAny) return null;
        var key = address.SuppressionKey;
        if (!_addresses.ContainsKey(Shorten(key))) return null;
        var now = _clock.GetUtcNow();
        foreach (var one in Read(new SuppressionFilter { Email = key }, null, int.MaxValue))
        {
            var concerns = (one.Account.Length == 0 || one.Account == account)
                && (one.Stream is null || one.Stream == stream) && one.ListId is null;
            if (concerns && (one.ExpiresAt is not { } end || end > now)) return one;
        }
        return null;
    }

    /// <summary>Adds entries, all or none; one that is there already counts once more and is renewed.</summary>
    public void Add(IReadOnlyCollection<Suppression> entries)
    {
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            using var command = _connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = SuppressionRows.Insert;
            foreach (var one in entries)
            {
                SuppressionRows.Bind(command, one);
                command.ExecuteNonQuery();
            }
            transaction.Commit();
            foreach (var one in entries) _addresses.TryAdd(Shorten(one.Email), 0);
            _hasAny = !_addresses.IsEmpty;
        }
    }

    /// <summary>Removes the entries of a filter.</summary>
    /// <returns>What was removed.</returns>
    public IReadOnlyList<Suppression> Remove(SuppressionFilter filter)
    {
        lock (_gate)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = $"DELETE FROM suppressions WHERE 1{SuppressionRows.Where(command, filter)} "
                + $"RETURNING {SuppressionRows.Columns}";
            var removed = ReadAll(command);
            foreach (var email in removed.Select(one => one.Email).Distinct()) ForgetUnlessListed(email);
            return removed;
        }
    }

    /// <summary>Entries in the order of their addresses.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="after">The last of the page before; null from the start.</param>
    /// <param name="limit">How many at most.</param>
    public IReadOnlyList<Suppression> Read(SuppressionFilter filter, Suppression? after, int limit)
    {
        lock (_gate)
        {
            using var command = _connection.CreateCommand();
            var where = SuppressionRows.Where(command, filter);
            if (after is not null)
            {
                where += " AND (email, account, stream, list_id, kind) > ($a1, $a2, $a3, $a4, $a5)";
                command.Parameters.AddWithValue("$a1", after.Email);
                command.Parameters.AddWithValue("$a2", after.Account);
                command.Parameters.AddWithValue("$a3", after.Stream ?? "");
                command.Parameters.AddWithValue("$a4", after.ListId ?? "");
                command.Parameters.AddWithValue("$a5", (int)after.Kind);
            }
            command.Parameters.AddWithValue("$limit", limit);
            command.CommandText = $"SELECT {SuppressionRows.Columns} FROM suppressions WHERE 1{where} "
                + "ORDER BY email, account, stream, list_id, kind LIMIT $limit";
            return ReadAll(command);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static List<Suppression> ReadAll(SqliteCommand command)
    {
        var all = new List<Suppression>();
        using var rows = command.ExecuteReader();
        while (rows.Read()) all.Add(SuppressionRows.Read(rows));
        return all;
    }

    private void ForgetUnlessListed(string email)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT 1 FROM suppressions WHERE email = $email LIMIT 1";
        command.Parameters.AddWithValue("$email", email);
        if (command.ExecuteScalar() is null) _addresses.TryRemove(Shorten(email), out _);
    }

    private void ReadAddresses()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT DISTINCT email FROM suppressions";
        using var rows = command.ExecuteReader();
        while (rows.Read()) _addresses.TryAdd(Shorten(rows.GetString(0)), 0);
        _hasAny = !_addresses.IsEmpty;
    }

    private static long Shorten(string email) =>
        BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(email)));
}
