using System.Buffers.Binary;
using System.Collections.Immutable;
using Ekiden.Mail;
using Microsoft.Data.Sqlite;

namespace Ekiden.Events.Storage;

/// <summary>Searches the files of all days, newest or oldest first, as far as the page needs.</summary>
internal sealed class EventReader(EventFiles files)
{
    /// <summary>The events of a query.</summary>
    /// <exception cref="SqliteException">A file cannot be read.</exception>
    public EventPage Read(EventQuery query, CancellationToken cancel)
    {
        var found = ImmutableArray.CreateBuilder<EkidenEvent>();
        foreach (var day in DaysOf(query))
        {
            cancel.ThrowIfCancellationRequested();
            if (found.Count > query.Limit) break;
            using var connection = EventFiles.OpenToRead(files.PathOf(day));
            using var command = EventSelection.Command(connection, query, query.Limit + 1 - found.Count);
            using var rows = command.ExecuteReader();
            while (rows.Read()) found.Add(Event(rows));
        }
        var hasMore = found.Count > query.Limit;
        if (hasMore) found.RemoveAt(query.Limit);
        return new EventPage(found.DrainToImmutable(), hasMore);
    }

    /// <summary>A message; null when no file knows it.</summary>
    public MessageRow? FindMessage(MessageId id)
    {
        var accepted = DateOnly.FromDateTime(id.CreatedAt.UtcDateTime);
        foreach (var day in files.Days.Reverse().OrderByDescending(day => day == accepted))
        {
            using var connection = EventFiles.OpenToRead(files.PathOf(day));
            if (MessageReader.Find(connection, id) is { } row) return row;
        }
        return null;
    }

    // A file may hold events of the day before that came late, never of a day after it.
    private IEnumerable<DateOnly> DaysOf(EventQuery query)
    {
        var days = files.Days;
        var chosen = days.Where((day, place) =>
            (query.From is not { } from || day >= DateOnly.FromDateTime(from.UtcDateTime))
            && MayHold(day, place + 1 < days.Count ? days[place + 1] : null, query));
        return query.OldestFirst ? chosen : chosen.Reverse();
    }

    private bool MayHold(DateOnly day, DateOnly? next, EventQuery query)
    {
        if (query.After is not { } after) return true;
        if (!query.OldestFirst) return files.FirstOf(day) is { } first && first < after;
        return next is not { } later || files.FirstOf(later) is not { } end || end > after;
    }

    private static EkidenEvent Event(SqliteDataReader row) => new()
    {
        Id = new EventId(DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), row.GetInt64(0)),
        Type = (EventType)row.GetInt32(2),
        Message = row.IsDBNull(3)
            ? null : new MessageId(BinaryPrimitives.ReadUInt128BigEndian(row.GetFieldValue<byte[]>(3))),
        Place = row.IsDBNull(4) ? null : row.GetInt32(4),
        Account = Text(row, 5) is { Length: > 0 } account ? account : null,
        Stream = Text(row, 6),
        Recipient = Text(row, 7),
        From = Text(row, 8),
        Subject = Text(row, 9),
        TagsJson = Text(row, 10),
        MetadataJson = Text(row, 11),
        Batch = Text(row, 12),
        Attempt = row.GetInt32(13),
        QueuedMilliseconds = Number(row, 14),
        AttemptMilliseconds = Number(row, 15),
        NextAttempt = Number(row, 16) is { } next ? DateTimeOffset.FromUnixTimeMilliseconds(next) : null,
        PossibleDuplicate = ((EventFlags)row.GetInt32(17)).HasFlag(EventFlags.PossibleDuplicate),
        IsAsynchronous = ((EventFlags)row.GetInt32(17)).HasFlag(EventFlags.Asynchronous),
        ReplyCode = row.IsDBNull(18) ? null : row.GetInt32(18),
        EnhancedStatus = Text(row, 19),
        Text = Text(row, 20),
        Phase = Text(row, 21),
        Peer = EventPeer.FromText(Text(row, 22)),
        Provider = Text(row, 23),
        Class = Text(row, 24),
        ExtraJson = Text(row, 25),
    };

    private static string? Text(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Number(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
