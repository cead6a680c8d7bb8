using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Ekiden.Directory.Idempotency;

/// <summary>
/// Remembers requests that name themselves for a day, over restarts and crashes: a repetition gets the first answer
/// (api.md §1, reliability K-R9).
/// </summary>
/// <remarks> The journal holds the mail and this file the answer, and no commit spans both. So the answer is promised
/// here first, with the id of the message; then the message is committed; then the promise is settled. What a crash
/// leaves unsettled is settled at the next start, by asking the journal whether the message is there.
/// <para>One thread writes; what waits meanwhile is written together, in one transaction with one flush.</para>
/// </remarks>
public sealed class IdempotencyStore : IAsyncDisposable
{
    /// <summary>The database's file name in the data directory.</summary>
    public const string FileName = "requests.db";

    private const int MostTogether = 512;
    private const int MostWaiting = 10_000;

    private readonly SqliteConnection _connection;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _memory;
    private readonly Channel<Work> _work = Channel.CreateBounded<Work>(MostWaiting);
    private readonly ConcurrentDictionary<UInt128, byte> _running = new();
    private readonly Task _writing;
    private DateTimeOffset _cleanedAt;

    private IdempotencyStore(SqliteConnection connection, TimeProvider clock, TimeSpan memory)
    {
        (_connection, _clock, _memory, _cleanedAt) = (connection, clock, memory, clock.GetUtcNow());
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Opens or makes the file, and settles what a crash left.</summary>
    /// <param name="path">The file.</param>
    /// <param name="memory">How long a request is remembered.</param>
    /// <param name="isThere">Whether the message or batch with this id was accepted.</param>
    public static async Task<IdempotencyStore> OpenAsync(
        string path, TimeProvider clock, TimeSpan memory, Func<UInt128, bool> isThere, CancellationToken cancel)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            await connection.OpenAsync(cancel);
            Execute(connection, null, """
                PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
                CREATE TABLE IF NOT EXISTS requests (
                    name BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, subject BLOB NOT NULL, status INTEGER NOT NULL,
                    answer BLOB NOT NULL, at INTEGER NOT NULL, is_settled INTEGER NOT NULL) WITHOUT ROWID;
                CREATE INDEX IF NOT EXISTS requests_at ON requests (at);
                CREATE INDEX IF NOT EXISTS requests_open ON requests (is_settled) WHERE is_settled = 0;
                """);
            SettleOld(connection, isThere);
            return new IdempotencyStore(connection, clock, memory);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>What is known of a request; asked before anything is done.</summary>
    public async Task<RepetitionResult> BeginAsync(RepeatedRequest request, CancellationToken cancel)
    {
        var name = NameOf(request);
        if (!_running.TryAdd(name, 0)) return new RepetitionResult.Running();
        var isFirst = false;
        try
        {
            var found = new TaskCompletionSource<StoredRequest?>(TaskCreationOptions.RunContinuationsAsynchronously);
            await _work.Writer.WriteAsync(new Work.Find(name, found), cancel);
            if (await found.Task is not { } stored)
            {
                isFirst = true;
                return new RepetitionResult.First(new RequestClaim(this, name, request));
            }
            return request.Fingerprint.Length == 0 || stored.Fingerprint.AsSpan().SequenceEqual(request.Fingerprint)
                ? new RepetitionResult.Done(stored.Status, stored.Answer)
                : new RepetitionResult.Different();
        }
        finally
        {
            if (!isFirst) Release(name);
        }
    }

    /// <summary>Writes what waits, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _writing;
        await _connection.DisposeAsync();
    }

    internal async Task WriteAsync(StoredRequest request, CancellationToken cancel)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _work.Writer.WriteAsync(new Work.Promise(request, written), cancel);
        await written.Task;
    }

    // When too much waits, the promise stays unsettled until the next start, which is as good.
    internal void Settle(UInt128 name, bool keep) => _work.Writer.TryWrite(new Work.Settle(name, keep));

    internal void Release(UInt128 name) => _running.TryRemove(name, out _);

    private static UInt128 NameOf(RepeatedRequest request) => BinaryPrimitives.ReadUInt128BigEndian(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Account}\0{request.Path}\0{request.Key}")));

    private async Task WriteAllAsync()
    {
        var batch = new List<Work>();
        while (await _work.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < MostTogether && _work.Reader.TryRead(out var work)) batch.Add(work);
            try
            {
                Do(batch);
            }
            catch (SqliteException trouble)
            {
                foreach (var work in batch) work.Fail(trouble);
            }
        }
    }

    private void Do(List<Work> batch)
    {
        var found = new List<(Work.Find Work, StoredRequest? Request)>();
        using (var transaction = _connection.BeginTransaction())
        {
            foreach (var work in batch)
            {
                switch (work)
                {
                    case Work.Find find:
                        found.Add((find, Find(transaction, find.Name)));
                        break;
                    case Work.Promise promise:
                        Insert(transaction, promise.Request);
                        break;
                    case Work.Settle { IsKept: true } settle:
                        Execute(_connection, transaction, "UPDATE requests SET is_settled = 1 WHERE name = $name",
                            ("$name", Bytes(settle.Name)));
                        break;
                    case Work.Settle settle:
                        Execute(_connection, transaction, "DELETE FROM requests WHERE name = $name",
                            ("$name", Bytes(settle.Name)));
                        break;
                }
            }
            Clean(transaction);
            transaction.Commit();
        }
        foreach (var (work, request) in found) work.Found.TrySetResult(request);
        foreach (var promise in batch.OfType<Work.Promise>()) promise.Written.TrySetResult();
    }

    private StoredRequest? Find(SqliteTransaction transaction, UInt128 name)
    {
        using var command = Command(
            _connection, transaction,
            "SELECT fingerprint, subject, status, answer FROM requests WHERE name = $name AND at > $since",
            ("$name", Bytes(name)), ("$since", (_clock.GetUtcNow() - _memory).ToUnixTimeMilliseconds()));
        using var row = command.ExecuteReader();
        return row.Read()
            ? new StoredRequest(
                name, row.GetFieldValue<byte[]>(0),
                BinaryPrimitives.ReadUInt128BigEndian(row.GetFieldValue<byte[]>(1)), row.GetInt32(2),
                row.GetFieldValue<byte[]>(3))
            : null;
    }

    private void Insert(SqliteTransaction transaction, StoredRequest request) => Execute(
        _connection, transaction,
        "INSERT OR REPLACE INTO requests (name, fingerprint, subject, status, answer, at, is_settled) "
        + "VALUES ($name, $fingerprint, $subject, $status, $answer, $at, 0)",
        ("$name", Bytes(request.Name)), ("$fingerprint", request.Fingerprint), ("$subject", Bytes(request.Subject)),
        ("$status", request.Status), ("$answer", request.Answer), ("$at", _clock.GetUtcNow().ToUnixTimeMilliseconds()));

    private void Clean(SqliteTransaction transaction)
    {
        var now = _clock.GetUtcNow();
        if (now - _cleanedAt < TimeSpan.FromMinutes(1)) return;
        _cleanedAt = now;
        Execute(_connection, transaction, "DELETE FROM requests WHERE at <= $before",
            ("$before", (now - _memory).ToUnixTimeMilliseconds()));
    }

    private static void SettleOld(SqliteConnection connection, Func<UInt128, bool> isThere)
    {
        var gone = new List<byte[]>();
        using (var command = Command(connection, null, "SELECT name, subject FROM requests WHERE is_settled = 0"))
        using (var row = command.ExecuteReader())
        {
            while (row.Read())
            {
                if (!isThere(BinaryPrimitives.ReadUInt128BigEndian(row.GetFieldValue<byte[]>(1))))
                    gone.Add(row.GetFieldValue<byte[]>(0));
            }
        }
        using var transaction = connection.BeginTransaction();
        foreach (var name in gone)
            Execute(connection, transaction, "DELETE FROM requests WHERE name = $name", ("$name", name));
        Execute(connection, transaction, "UPDATE requests SET is_settled = 1 WHERE is_settled = 0");
        transaction.Commit();
    }

    private static byte[] Bytes(UInt128 value)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return bytes;
    }

    private static void Execute(
        SqliteConnection connection, SqliteTransaction? transaction, string text,
        params (string Name, object Value)[] parameters)
    {
        using var command = Command(connection, transaction, text, parameters);
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(
        SqliteConnection connection, SqliteTransaction? transaction, string text,
        params (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = text;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        return command;
    }

    private abstract record Work
    {
        private Work() { } // closed: every case is below

        public virtual void Fail(Exception trouble)
        {
        }

        public sealed record Find(UInt128 Name, TaskCompletionSource<StoredRequest?> Found) : Work
        {
            public override void Fail(Exception trouble) => Found.TrySetException(trouble);
        }

        public sealed record Promise(StoredRequest Request, TaskCompletionSource Written) : Work
        {
            public override void Fail(Exception trouble) => Written.TrySetException(trouble);
        }

        public sealed record Settle(UInt128 Name, bool IsKept) : Work;
    }
}

/// <summary>A request as it is remembered.</summary>
internal sealed record StoredRequest(UInt128 Name, byte[] Fingerprint, UInt128 Subject, int Status, byte[] Answer);
