using Ekiden.Mail;
using Ekiden.Spool.Content;
using Ekiden.Spool.Index;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Journal;

/// <summary>Opens accepted messages: from memory while they are fresh, else from the log, checked.</summary>
internal sealed class StoredMessages(JournalParts parts, IJournal journal)
{
    private readonly Quarantine _quarantine = new(parts, journal);

    /// <summary>The message; null when it is finished, or cannot be read and is now in quarantine.</summary>
    public async ValueTask<StoredMessage?> OpenAsync(MessageId id, CancellationToken cancel)
    {
        if (parts.Fresh.TryOpen(id, out var message, out var content))
            return new StoredMessage(message!, new BufferedContent(content!)); // true: both are there
        while (TryFindHome(id, out var home))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                return Read(id, home);
            }
            catch (FrameDamagedException damage)
            {
                // Compaction may have taken it elsewhere while it was being read.
                if (TryFindHome(id, out var now) && now != home) continue;
                await _quarantine.HoldAsync(id, home, damage.Message);
                return null;
            }
        }
        return null;
    }

    /// <summary>Reads a message from its home.</summary>
    /// <exception cref="FrameDamagedException">It is not there as it was written.</exception>
    private StoredMessage Read(MessageId id, EntryLocation home)
    {
        var payload = parts.Log.Read(home.Frame);
        try
        {
            var (message, content) = Parse(id, home, payload.Memory.Span);
            if (content.Body is { } body)
            {
                var prefix = payload.Memory.Slice(content.InlineOffset, content.InlineLength);
                var onDisk = DiskContent.Open(parts.Contents, body, prefix, parts.Memory);
                payload.Dispose();
                return new StoredMessage(message, onDisk);
            }
            var buffer = new ContentBuffer(parts.Memory, payload, content.InlineOffset, content.InlineLength);
            return new StoredMessage(message, new BufferedContent(buffer));
        }
        catch
        {
            payload.Dispose();
            throw;
        }
    }

    /// <summary>Envelope and place of the content in a frame's payload.</summary>
    /// <exception cref="FrameDamagedException">Another message, or none, is there.</exception>
    internal static (AcceptedMessage Message, StoredContent Content) Parse(
        MessageId id, in EntryLocation home, ReadOnlySpan<byte> payload)
    {
        var result = EntryReader.ReadAt(payload, home.Offset, out var record, out _);
        var (message, content) = record switch
        {
            SpoolRecord.Accepted accepted => (accepted.Message, accepted.Content),
            SpoolRecord.Carried carried => (carried.Message, carried.Content),
            _ => throw new FrameDamagedException($"{id}: no message at {home} ({result})"),
        };
        if (message.Id != id) throw new FrameDamagedException($"{id}: {message.Id} is at {home}");
        if (Crc32C.Of(payload.Slice(content.InlineOffset, content.InlineLength)) != content.InlineCrc)
            throw new FrameDamagedException($"{id}: the content at {home} is not what it was");
        return (message, content);
    }

    private bool TryFindHome(MessageId id, out EntryLocation home)
    {
        var tables = parts.Index.Tables;
        lock (tables.Gate)
        {
            var slot = tables.Find(id);
            home = slot < 0 || tables.Messages.Read(slot).Unfinished == 0 ? default : tables.Messages.Read(slot).Home;
            return home.Segment != 0;
        }
    }
}
