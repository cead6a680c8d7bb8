using System.Text;
using Microsoft.Data.Sqlite;

namespace Ekiden.Events.Storage;

/// <summary>
/// The SQL of a query on one day's file: text from constants, values as parameters (reliability L-R4).
/// </summary>
internal sealed class EventSelection
{
    private const string Columns = """
        SELECT e.seq, e.at, e.type, m.id, e.place, COALESCE(ma.word, ea.word), COALESCE(ms.word, es.word),
            COALESCE(r.address, e.recipient), m.sender, m.subject, m.tags, m.metadata, m.batch, e.attempt, e.queued_ms,
            e.attempt_ms, e.next_at, e.flags, e.code, e.enhanced, e.text, ph.word, pe.word, pr.word, cl.word, e.extra
        """;

    private const string Names = """
        LEFT JOIN words ma ON ma.id = m.account LEFT JOIN words ms ON ms.id = m.stream
        LEFT JOIN words ea ON ea.id = e.account LEFT JOIN words es ON es.id = e.stream
        LEFT JOIN words ph ON ph.id = e.phase LEFT JOIN words pe ON pe.id = e.peer
        LEFT JOIN words pr ON pr.id = e.provider LEFT JOIN words cl ON cl.id = e.class
        """;

    private readonly StringBuilder _conditions = new();
    private readonly List<(string Name, object Value)> _values = [];

    private EventSelection()
    {
    }

    /// <summary>A command that reads the events of a query.</summary>
    public static SqliteCommand Command(SqliteConnection connection, EventQuery query, int limit)
    {
        var selection = new EventSelection();
        selection.Add(query);
        var command = connection.CreateCommand();
        var order = query.OldestFirst ? "ASC" : "DESC";
        command.CommandText =
            $"{Columns} {Source(query)} {Names} WHERE 1{selection._conditions} ORDER BY e.seq {order} LIMIT $limit";
        command.Parameters.AddWithValue("$limit", limit);
        foreach (var (name, value) in selection._values) command.Parameters.AddWithValue(name, value);
        return command;
    }

    // What has an index leads; the order of the joins says so (CROSS JOIN is not reordered by SQLite).
    private static string Source(EventQuery query)
    {
        if (query.Recipient is not null)
        {
            return "FROM recipients r CROSS JOIN events e ON e.mid = r.mid AND e.place = r.place "
                + "LEFT JOIN messages m ON m.mid = e.mid";
        }
        return query.Message is not null || query.Batch is not null
            ? "FROM messages m CROSS JOIN events e ON e.mid = m.mid "
                + "LEFT JOIN recipients r ON r.mid = e.mid AND r.place = e.place"
            : "FROM events e LEFT JOIN messages m ON m.mid = e.mid "
                + "LEFT JOIN recipients r ON r.mid = e.mid AND r.place = e.place";
    }

    private void Add(EventQuery query)
    {
        if (query.After is { } after) And($"e.seq {(query.OldestFirst ? '>' : '<')} $after", "$after", after);
        if (query.From is { } from) And("e.at >= $from", "$from", from.ToUnixTimeMilliseconds());
        if (query.Until is { } until) And("e.at < $until", "$until", until.ToUnixTimeMilliseconds());
        if (!query.Types.IsDefaultOrEmpty)
            _conditions.Append(" AND e.type IN (").AppendJoin(',', query.Types.Select(type => (int)type)).Append(')');
        if (query.Account is { } account) And("COALESCE(ma.word, ea.word) = $account", "$account", account);
        if (query.Stream is { } stream) And("COALESCE(ms.word, es.word) = $stream", "$stream", stream);
        if (query.Recipient is { } recipient)
        {
            And("r.hash = $hash", "$hash", RecipientHash.OfKey(recipient.SuppressionKey));
            And("lower(r.address) = lower($recipient)", "$recipient", recipient.ToString());
        }
        if (query.RecipientDomain is { } domain)
        {
            And("substr(r.address, -length($domain) - 1) = '@' || $domain COLLATE NOCASE", "$domain", domain);
        }
        if (query.Message is { } message) And("m.id = $message", "$message", IdBytes(message));
        if (query.Batch is { } batch) And("m.batch = $batch", "$batch", batch);
        AddDetails(query);
    }

    private void AddDetails(EventQuery query)
    {
        if (query.Provider is { } provider) And("pr.word = $provider", "$provider", provider);
        if (query.ReplyCode is { } code) And("e.code = $code", "$code", code);
        if (query.Reason is { } reason) And("cl.word = $reason", "$reason", reason);
        if (query.Tag is { } tag)
        {
            And("m.tags IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(m.tags) t WHERE t.value = $tag)", "$tag", tag);
        }
        if (query.Metadata is var (name, value))
        {
            And(
                "m.metadata IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(m.metadata) t "
                + "WHERE t.key = $metadata AND t.value = $value)",
                "$metadata", name);
            _values.Add(("$value", value));
        }
    }

    private void And(string condition, string name, object value)
    {
        _conditions.Append(" AND ").Append(condition);
        _values.Add((name, value));
    }

    private static byte[] IdBytes(Mail.MessageId id)
    {
        var bytes = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, id.Value);
        return bytes;
    }
}
