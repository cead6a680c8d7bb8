namespace Ekiden.Events.Storage;

/// <summary>The tables of one day's file.</summary>
/// <remarks>
/// What a message says stands once; words that come again and again (accounts, streams, providers, classes, peers) are
/// numbers. Only what a person searches at once has an index: message and recipient (DESIGN §6).
/// </remarks>
internal static class Schema
{
    public const int Version = 1;

    public const string Tables = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
        CREATE TABLE messages (
            mid INTEGER PRIMARY KEY, id BLOB NOT NULL, account INTEGER NOT NULL, stream INTEGER NOT NULL,
            accepted_at INTEGER NOT NULL, sender TEXT, subject TEXT, tags TEXT, metadata TEXT, batch TEXT);
        CREATE UNIQUE INDEX messages_id ON messages (id);
        CREATE INDEX messages_batch ON messages (batch) WHERE batch IS NOT NULL;
        CREATE TABLE recipients (
            mid INTEGER NOT NULL, place INTEGER NOT NULL, hash INTEGER NOT NULL, address TEXT NOT NULL,
            PRIMARY KEY (mid, place)) WITHOUT ROWID;
        CREATE INDEX recipients_hash ON recipients (hash);
        CREATE TABLE events (
            seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type INTEGER NOT NULL, mid INTEGER, place INTEGER,
            account INTEGER, stream INTEGER, recipient TEXT, attempt INTEGER NOT NULL, queued_ms INTEGER,
            attempt_ms INTEGER, next_at INTEGER, flags INTEGER NOT NULL, code INTEGER, enhanced TEXT, text TEXT,
            phase INTEGER, peer INTEGER, provider INTEGER, class INTEGER, extra TEXT);
        CREATE INDEX events_mid ON events (mid) WHERE mid IS NOT NULL;
        CREATE TABLE counters (
            minute INTEGER NOT NULL, account INTEGER NOT NULL, stream INTEGER NOT NULL, provider INTEGER NOT NULL,
            type INTEGER NOT NULL, class INTEGER NOT NULL, latency INTEGER NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY (minute, account, stream, provider, type, class, latency)) WITHOUT ROWID;
        """;

    /// <summary>
    /// The log can be made again from the journal, so a crash of the machine may take back its last moments, never
    /// more: the position goes back with them.
    /// </summary>
    public const string Settings =
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=4000;";
}
