using System.Buffers.Binary;
using System.Globalization;
using Ekiden.Mail;
using Microsoft.Data.Sqlite;

namespace Ekiden.Events.Storage;

/// <summary>
/// The file of the day that is being written: one connection, one writer, everything in transactions.
/// </summary>
internal sealed class DayFile : IDisposable
{
    private const int MostWords = 100_000;

    private readonly SqliteConnection _connection;
    private readonly DayStatements _statements;
    private readonly Dictionary<string, long> _words = new(StringComparer.Ordinal);
    private long _lastMessage;
    private bool _flushes;

    private DayFile(SqliteConnection connection, DateOnly day)
    {
        _connection = connection;
        _statements = new DayStatements(connection);
        Day = day;
    }

    /// <summary>Its day, UTC.</summary>
    public DateOnly Day { get; }

    /// <summary>The sequence of its last event; 0 while it has none.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Opens a day's file, and makes it when it is missing.</summary>
    /// <exception cref="SqliteException">It cannot be written, or is no file of ours.</exception>
    public static DayFile Open(string path, DateOnly day)
    {
        if (!File.Exists(path)) Make(path);
        var connection = Connect(path);
        try
        {
            Execute(connection, Schema.Settings);
            var file = new DayFile(connection, day);
            file.ReadEnds();
            return file;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>How far of which journal this file reaches; null when nothing was committed to it yet.</summary>
    public LogMark? ReadMark()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT value FROM meta WHERE name = 'mark'";
        return command.ExecuteScalar() is string text ? LogMark.Parse(text) : null;
    }

    /// <summary>Begins a transaction.</summary>
    /// <param name="flushes">Its commit waits for the disk.</param>
    public void Begin(bool flushes)
    {
        if (flushes != _flushes) Execute(_connection, $"PRAGMA synchronous={(flushes ? "FULL" : "NORMAL")}");
        _flushes = flushes;
        _statements.Begin.Run();
    }

    /// <summary>Ends it: everything since <see cref="Begin"/> is in the log, with how far it reaches.</summary>
    public void Commit(in LogMark mark, IReadOnlyDictionary<CounterKey, long> counts)
    {
        foreach (var (key, count) in counts) Count(key, count);
        _statements.Mark.Bind(1, mark.ToString()).Run();
        _statements.Commit.Run();
    }

    /// <summary>Gives the transaction up; the file must be opened anew.</summary>
    public void Rollback() => _statements.Rollback.Run();

    /// <summary>Adds a message; its key in this file.</summary>
    /// <param name="message">What is known of it.</param>
    /// <param name="hasRecipients">All recipients are added with it.</param>
    public long Add(MessageRow message, bool hasRecipients)
    {
        var key = ++_lastMessage;
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(id, message.Id.Value);
        _statements.Message.Bind(1, key).Bind(2, id).Bind(3, Word(message.Account)).Bind(4, Word(message.Stream))
            .Bind(5, message.AcceptedAt.ToUnixTimeMilliseconds()).Bind(6, message.Sender).Bind(7, message.Subject)
            .Bind(8, message.TagsJson).Bind(9, message.MetadataJson).Bind(10, message.Batch).Run();
        for (var place = 0; hasRecipients && place < message.Recipients.Length; place++)
            AddRecipient(key, place, message.Recipients[place]);
        return key;
    }

    /// <summary>Adds a recipient of a message, unless it is there.</summary>
    public void AddRecipient(long message, int place, string address) => _statements.Recipient
        .Bind(1, message).Bind(2, place).Bind(3, RecipientHash.Of(address)).Bind(4, address).Run();

    /// <summary>The key of a message in this file; null when it is not there.</summary>
    public long? FindMessage(MessageId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, id.Value);
        return _statements.FindMessage.Bind(1, bytes).Find();
    }

    /// <summary>Adds an event, unless one with this sequence is there.</summary>
    public void Add(long sequence, in EventRow row)
    {
        _statements.Event
            .Bind(1, sequence).Bind(2, row.At.ToUnixTimeMilliseconds()).Bind(3, (long)row.Type).Bind(4, row.Message)
            .Bind(5, row.Place).Bind(6, WordOrNull(row.Account)).Bind(7, WordOrNull(row.Stream))
            .Bind(8, row.Recipient).Bind(9, row.Attempt).Bind(10, row.QueuedMilliseconds)
            .Bind(11, row.AttemptMilliseconds).Bind(12, row.NextAttempt?.ToUnixTimeMilliseconds())
            .Bind(13, (long)row.Flags).Bind(14, row.ReplyCode).Bind(15, row.EnhancedStatus).Bind(16, row.Text)
            .Bind(17, WordOrNull(row.Phase)).Bind(18, WordOrNull(row.Peer)).Bind(19, WordOrNull(row.Provider))
            .Bind(20, WordOrNull(row.Class)).Bind(21, row.ExtraJson).Run();
        LastSequence = Math.Max(LastSequence, sequence);
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    private void Count(in CounterKey key, long count) => _statements.Counter
        .Bind(1, key.Minute).Bind(2, Word(key.Account)).Bind(3, Word(key.Stream)).Bind(4, Word(key.Provider))
        .Bind(5, (long)key.Type).Bind(6, Word(key.Class)).Bind(7, key.Latency).Bind(8, count).Run();

    private long? WordOrNull(string? word) => string.IsNullOrEmpty(word) ? null : Word(word);

    private long Word(string word)
    {
        if (_words.TryGetValue(word, out var id)) return id;
        if (_words.Count >= MostWords) _words.Clear();
        _statements.AddWord.Bind(1, word).Run();
        id = _statements.FindWord.Bind(1, word).Find() ?? throw new InvalidDataException("a word was not kept");
        _words.Add(word, id);
        return id;
    }

    // Nobody who searches meets a file without its tables.
    private static void Make(string path)
    {
        var unfinished = path + ".new";
        File.Delete(unfinished);
        using (var connection = Connect(unfinished))
        {
            Execute(connection, $"BEGIN; {Schema.Tables} PRAGMA user_version={Schema.Version}; COMMIT;");
        }
        File.Move(unfinished, path);
    }

    private static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private void ReadEnds()
    {
        LastSequence = Number(_connection, "SELECT COALESCE(MAX(seq), 0) FROM events");
        _lastMessage = Number(_connection, "SELECT COALESCE(MAX(mid), 0) FROM messages");
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
