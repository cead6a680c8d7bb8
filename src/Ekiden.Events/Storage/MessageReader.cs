using System.Buffers.Binary;
using System.Collections.Immutable;
using Ekiden.Mail;
using Microsoft.Data.Sqlite;

namespace Ekiden.Events.Storage;

/// <summary>Reads what a day's file says of one message.</summary>
internal static class MessageReader
{
    /// <summary>The message; null when it is not in this file.</summary>
    /// <remarks>
    /// A file of a later day may hold only the recipients that something happened to: the others are empty text.
    /// </remarks>
    public static MessageRow? Find(SqliteConnection connection, MessageId id)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, id.Value);
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT m.mid, a.word, s.word, m.accepted_at, m.sender, m.subject, m.tags, m.metadata, m.batch
            FROM messages m JOIN words a ON a.id = m.account JOIN words s ON s.id = m.stream WHERE m.id = $id
            """;
        command.Parameters.AddWithValue("$id", bytes);
        using var row = command.ExecuteReader();
        if (!row.Read()) return null;
        return new MessageRow
        {
            Id = id,
            Account = row.GetString(1),
            Stream = row.GetString(2),
            AcceptedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
            Sender = Text(row, 4),
            Subject = Text(row, 5),
            TagsJson = Text(row, 6),
            MetadataJson = Text(row, 7),
            Batch = Text(row, 8),
            Recipients = Recipients(connection, row.GetInt64(0)),
        };
    }

    private static ImmutableArray<string> Recipients(SqliteConnection connection, long key)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT place, address FROM recipients WHERE mid = $mid ORDER BY place";
        command.Parameters.AddWithValue("$mid", key);
        using var rows = command.ExecuteReader();
        var found = ImmutableArray.CreateBuilder<string>();
        while (rows.Read())
        {
            while (found.Count < rows.GetInt32(0)) found.Add("");
            found.Add(rows.GetString(1));
        }
        return found.ToImmutable();
    }

    private static string? Text(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
