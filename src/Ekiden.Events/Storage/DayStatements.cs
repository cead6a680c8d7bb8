using Microsoft.Data.Sqlite;

namespace Ekiden.Events.Storage;

/// <summary>The statements that write a day's file, prepared once.</summary>
internal sealed class DayStatements(SqliteConnection connection) : IDisposable
{
    public Statement Begin { get; } = new(connection, "BEGIN IMMEDIATE");

    public Statement Commit { get; } = new(connection, "COMMIT");

    public Statement Rollback { get; } = new(connection, "ROLLBACK");

    public Statement Mark { get; } = new(connection, "INSERT OR REPLACE INTO meta VALUES ('mark', ?1)");

    public Statement AddWord { get; } = new(connection, "INSERT OR IGNORE INTO words (word) VALUES (?1)");

    public Statement FindWord { get; } = new(connection, "SELECT id FROM words WHERE word = ?1");

    public Statement Message { get; } = new(
        connection, "INSERT INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");

    public Statement FindMessage { get; } = new(connection, "SELECT mid FROM messages WHERE id = ?1");

    public Statement Recipient { get; } = new(connection, "INSERT OR IGNORE INTO recipients VALUES (?1, ?2, ?3, ?4)");

    public Statement Event { get; } = new(connection,
        "INSERT OR IGNORE INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
        + "?17, ?18, ?19, ?20, ?21)");

    public Statement Counter { get; } = new(connection,
        "INSERT INTO counters VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET count = count + ?8");

    public void Dispose()
    {
        foreach (var statement in new[]
        {
            Begin, Commit, Rollback, Mark, AddWord, FindWord, Message, FindMessage, Recipient, Event, Counter,
        })
        {
            statement.Dispose();
        }
    }
}
