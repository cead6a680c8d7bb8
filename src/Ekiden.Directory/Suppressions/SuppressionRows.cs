using System.Text;
using Microsoft.Data.Sqlite;

namespace Ekiden.Directory.Suppressions;

/// <summary>Suppressions as rows; values are parameters, names constants (reliability L-R4).</summary>
internal static class SuppressionRows
{
    public const string Columns =
        "email, account, stream, list_id, kind, source, code, enhanced, text, provider, error_count, first_at, "
        + "last_at, expires_at, created_by";

    // Null is no value that a primary key could compare, so what is missing is empty text.
    public const string Table = """
        CREATE TABLE IF NOT EXISTS suppressions (
            email TEXT NOT NULL, account TEXT NOT NULL, stream TEXT NOT NULL, list_id TEXT NOT NULL,
            kind INTEGER NOT NULL, source TEXT NOT NULL, code INTEGER, enhanced TEXT, text TEXT, provider TEXT,
            error_count INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, expires_at INTEGER,
            created_by TEXT NOT NULL, PRIMARY KEY (email, account, stream, list_id, kind)) WITHOUT ROWID;
        """;

    public const string Insert =
        $"INSERT INTO suppressions ({Columns}) VALUES ($email, $account, $stream, $list, $kind, $source, $code, "
        + "$enhanced, $text, $provider, $count, $first, $last, $expires, $by) ON CONFLICT DO UPDATE SET "
        + "source = excluded.source, code = excluded.code, enhanced = excluded.enhanced, text = excluded.text, "
        + "provider = excluded.provider, error_count = error_count + excluded.error_count, "
        + "first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at), "
        + "expires_at = excluded.expires_at, created_by = excluded.created_by";

    public static void Bind(SqliteCommand command, Suppression one)
    {
        command.Parameters.Clear();
        Add(command, "$email", one.Email);
        Add(command, "$account", one.Account);
        Add(command, "$stream", one.Stream ?? "");
        Add(command, "$list", one.ListId ?? "");
        Add(command, "$kind", (int)one.Kind);
        Add(command, "$source", one.Source);
        Add(command, "$code", one.ReasonCode);
        Add(command, "$enhanced", one.ReasonEnhanced);
        Add(command, "$text", one.ReasonText);
        Add(command, "$provider", one.Provider);
        Add(command, "$count", one.ErrorCount);
        Add(command, "$first", one.FirstAt.ToUnixTimeMilliseconds());
        Add(command, "$last", one.LastAt.ToUnixTimeMilliseconds());
        Add(command, "$expires", one.ExpiresAt?.ToUnixTimeMilliseconds());
        Add(command, "$by", one.CreatedBy);
    }

    /// <summary>The conditions of a filter behind <c>WHERE 1</c>, with their values.</summary>
    public static string Where(SqliteCommand command, SuppressionFilter filter)
    {
        var conditions = new StringBuilder();
        And("account = $account", "$account", filter.Account);
        And("email = $email", "$email", filter.Email);
        And("kind = $kind", "$kind", filter.Kind is { } kind ? (int)kind : null);
        And("stream = $stream", "$stream", filter.Stream);
        And("list_id = $list", "$list", filter.ListId);
        And("provider = $provider", "$provider", filter.Provider);
        And("last_at >= $from", "$from", filter.From?.ToUnixTimeMilliseconds());
        And("last_at < $until", "$until", filter.Until?.ToUnixTimeMilliseconds());
        return conditions.ToString();

        void And(string condition, string name, object? value)
        {
            if (value is null) return;
            conditions.Append(" AND ").Append(condition);
            Add(command, name, value);
        }
    }

    public static Suppression Read(SqliteDataReader row) => new()
    {
        Email = row.GetString(0),
        Account = row.GetString(1),
        Stream = row.GetString(2) is { Length: > 0 } stream ? stream : null,
        ListId = row.GetString(3) is { Length: > 0 } list ? list : null,
        Kind = (SuppressionKind)row.GetInt32(4),
        Source = row.GetString(5),
        ReasonCode = row.IsDBNull(6) ? null : row.GetInt32(6),
        ReasonEnhanced = Text(row, 7),
        ReasonText = Text(row, 8),
        Provider = Text(row, 9),
        ErrorCount = row.GetInt32(10),
        FirstAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(11)),
        LastAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(12)),
        ExpiresAt = row.IsDBNull(13) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(13)),
        CreatedBy = row.GetString(14),
    };

    private static void Add(SqliteCommand command, string name, object? value) =>
        command.Parameters.AddWithValue(name, value ?? DBNull.Value);

    private static string? Text(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
